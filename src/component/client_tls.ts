import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { ConnectionOptions } from "node:tls";
import { HotakaError, messageOf } from "../kit/index.ts";
import type { Zod } from "./definition.ts";

/** The setting `tls` of what connects to others, as its schema makes it. */
export interface ClientTlsConfig {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly server_name?: string | undefined;
}

/** The schema of the setting `tls` of what connects to others. */
export function clientTlsSetting(z: Zod) {
  return z
    .strictObject({
      ca: z.string().min(1).optional().describe("File with the certificates to trust, PEM. Without it those that Node trusts."),
      cert: z.string().min(1).optional().describe("File with the certificate to show, PEM."),
      key: z.string().min(1).optional().describe("File with its private key, PEM."),
      server_name: z.string().min(1).optional().describe("Name that the certificates must be for, where it is not that of the address."),
    })
    .refine(({ cert, key }) => (cert === undefined) === (key === undefined), "cert and key go together.")
    .optional()
    .describe("Speaks TLS, and checks who the servers are. `{}` is enough where their certificates are trusted already.");
}

/** Reads the files; undefined without the setting. Throws `code` for one that cannot be read. */
export async function clientTls(
  config: ClientTlsConfig | undefined,
  { folder, name, code }: { readonly folder: string; readonly name: string; readonly code: "HOTAKA_ACTION_FAILED" | "HOTAKA_SOURCE_OPEN" },
): Promise<ConnectionOptions | undefined> {
  if (config === undefined) return undefined;
  const files = Object.entries({ ca: config.ca, cert: config.cert, key: config.key }).flatMap(([use, path]) =>
    path === undefined ? [] : [[use, path] as const],
  );
  const read = files.map(async ([use, path]) => {
    try {
      return [use, await readFile(resolve(folder, path))] as const;
    } catch (thrown) {
      const sentence = `${name}: ${path} of the setting tls cannot be read: ${messageOf(thrown)}. Name a file in PEM form.`;
      throw new HotakaError(code, sentence, { details: { path }, cause: thrown });
    }
  });
  const servername = config.server_name;
  return { ...Object.fromEntries(await Promise.all(read)), ...(servername === undefined ? {} : { servername }) };
}
