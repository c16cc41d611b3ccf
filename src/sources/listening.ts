import { readFile } from "node:fs/promises";
import { isIPv4 } from "node:net";
import { resolve } from "node:path";
import type { TlsOptions } from "node:tls";
import { type HostAndPort, hostAndPort, type Zod } from "../component/index.ts";
import { errnoOf, HotakaError, messageOf } from "../kit/index.ts";

/** Settings of every source that listens on the network. */
export interface ListenConfig {
  readonly listen: HostAndPort;
  readonly open_to_network: boolean;
}

/** The settings themselves, to be part of a strict object; `port` is the one that the protocol is known by. */
export function listenSettings(z: Zod, port: number) {
  return {
    listen: hostAndPort(z).prefault(`127.0.0.1:${port}`).describe("Where to listen. Port 0 lets the system choose one."),
    open_to_network: z
      .boolean()
      .default(false)
      .describe("Allows `listen` to be an address that others can reach although they need not say who they are."),
  };
}

/** A sentence for a source that others could reach and that asks nobody who they are; undefined when all is well. */
export function openProblem({ listen, open_to_network: isOpen }: ListenConfig, asksWho: boolean, remedy: string): string | undefined {
  if (isOpen || asksWho || isLoopback(listen.host)) return undefined;
  return `others can reach ${listen.host}, and anybody could send events. Listen on 127.0.0.1, ${remedy}, or set open_to_network: true.`;
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || (isIPv4(host) && host.startsWith("127."));
}

/** The schema of the setting `tls`. */
export function tlsSetting(z: Zod) {
  return z
    .strictObject({
      cert: z.string().min(1).describe("File with the certificate and its chain, PEM."),
      key: z.string().min(1).describe("File with the private key, PEM."),
      client_ca: z
        .string()
        .min(1)
        .optional()
        .describe("File with the certificates, PEM, by which clients must show who they are. Without it they need not."),
      min_version: z.enum(["TLSv1.2", "TLSv1.3"]).default("TLSv1.2").describe("The oldest version that is spoken."),
    })
    .optional();
}

/** The setting `tls`, as its schema makes it. */
export interface TlsConfig {
  readonly cert: string;
  readonly key: string;
  readonly client_ca?: string | undefined;
  readonly min_version: "TLSv1.2" | "TLSv1.3";
}

/** Reads the files. Throws HOTAKA_SOURCE_OPEN for one that cannot be read. */
export async function tlsOptions(config: TlsConfig | undefined, folder: string): Promise<TlsOptions | undefined> {
  if (config === undefined) return undefined;
  const read = async (path: string): Promise<Buffer> => {
    try {
      return await readFile(resolve(folder, path));
    } catch (thrown) {
      const sentence = `${path} of the setting tls cannot be read: ${messageOf(thrown)}. Name a file in PEM form.`;
      throw new HotakaError("HOTAKA_SOURCE_OPEN", sentence, { details: { path }, cause: thrown });
    }
  };
  const [cert, key] = [await read(config.cert), await read(config.key)];
  const ca = config.client_ca === undefined ? undefined : await read(config.client_ca);
  return { cert, key, minVersion: config.min_version, ...(ca === undefined ? {} : { ca, requestCert: true, rejectUnauthorized: true }) };
}

/** The error for an address that cannot be listened on. */
export function cannotListen(name: string, address: string, thrown: unknown): HotakaError {
  const errno = errnoOf(thrown) ?? "";
  const why = REASONS.get(errno) ?? `${messageOf(thrown)}.`;
  return new HotakaError("HOTAKA_SOURCE_LISTEN", `${name} cannot listen on ${address}: ${why}`, { details: { address }, cause: thrown });
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ["EADDRINUSE", "something else listens there already. Stop it, or choose another address."],
  ["EACCES", "this user may not. Ports below 1024 want the capability CAP_NET_BIND_SERVICE."],
  ["EADDRNOTAVAIL", "this machine does not have that address."],
  ["ENOTFOUND", "there is no host of that name."],
]);
