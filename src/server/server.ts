import { chmodSync, rmSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { type Clock, type Counters, HotakaError, type Log, messageOf } from "../kit/index.ts";
import { type AppOptions, makeApp, type Services } from "./app.ts";
import { isAnswered } from "./client.ts";
import { listenError } from "./listen_error.ts";
import { openRpcListener, type RpcListener } from "./norikra/listener.ts";
import { RowLog } from "./stream/row_log.ts";
import { Streams } from "./stream/streams.ts";

export interface ServerOptions {
  readonly services: Services;
  readonly log: Log;
  readonly clock: Clock;
  readonly counters: Counters;
  /** An address or a name, and a port; 0 lets the system choose. */
  readonly listen: Listen;
  readonly hosts: readonly string[];
  /** Pages of these origins may ask from a browser. */
  readonly origins: readonly string[];
  readonly bodyBytesMax: number;
  /** Bytes of all bodies of events at a time, for each door; a default unless it is given. */
  readonly bodiesBytesMax?: number;
  /** Where the RPC of Norikra listens; undefined: nowhere, but through the control socket. */
  readonly rpc: RpcSettings | undefined;
  /** An existing folder that only its owner may enter, held by this process: the control socket goes into it. */
  readonly dataDir: string;
}

interface Listen {
  readonly host: string;
  readonly port: number;
}

/** How the RPC of Norikra is served. */
export interface RpcSettings {
  readonly listen: Listen;
  readonly bodyBytesMax: number;
  /** Nobody asked for this port, so when another has it there is a warning and no RPC. */
  readonly mayBeTaken: boolean;
}

/** The API on its address, the RPC on its own, and both on the control socket. */
export interface Server {
  /** `http://127.0.0.1:26578` */
  readonly url: string;
  readonly controlPath: string;
  /** The port of the RPC; undefined when it listens nowhere. */
  readonly rpcPort: number | undefined;
  /** Rows for who listens to them. */
  readonly rows: RowLog;
  /** Accepts nothing more, and waits for the answers that are on their way. */
  close(): Promise<void>;
}

/** Where the control socket of a data folder is. */
export function controlPathOf(dataDir: string): string {
  return join(dataDir, "control.sock");
}

/** Opens all doors. Throws HOTAKA_SERVER_LISTEN, or HOTAKA_DATA_DIR when a daemon answers on the control socket already. */
export async function openServer(options: ServerOptions): Promise<Server> {
  const controlPath = controlPathOf(options.dataDir);
  const rows = new RowLog({ startedMs: options.clock.nowMs(), counters: options.counters });
  const streams = new Streams({ ...options, log: rows });
  const opened: (() => Promise<unknown>)[] = [];
  const close = async (): Promise<void> => {
    streams.close();
    await Promise.all(opened.map(async (each) => each()));
  };
  try {
    const control = await openControl(controlPath, { ...options, streams, door: "control" });
    opened.push(async () => control.close());
    const network = await makeApp({ ...options, streams, door: "network" });
    opened.push(async () => network.close());
    await listenOnNetwork(network, options.listen);
    const rpc = await openRpc(options);
    if (rpc !== undefined) opened.push(async () => rpc.close());
    return { url: urlOf(network), controlPath, rpcPort: rpc?.port, rows, close };
  } catch (thrown) {
    await close();
    throw thrown;
  }
}

async function openControl(path: string, options: AppOptions): Promise<FastifyInstance> {
  if (Buffer.byteLength(path) > SOCKET_PATH_BYTES_MAX) {
    throw new HotakaError(
      "HOTAKA_DATA_DIR",
      `${path} is too long for the path of a socket: at most ${SOCKET_PATH_BYTES_MAX} bytes. Choose a shorter data_dir.`,
    );
  }
  if (await isAnswered(path)) {
    throw new HotakaError(
      "HOTAKA_DATA_DIR",
      `Another daemon answers on ${path}. Stop that one, or give this one a folder of its own (data_dir).`,
    );
  }
  // What a daemon that was killed left behind: nobody answers on it, and it would be in the way.
  rmSync(path, { force: true });
  const app = await makeApp(options);
  try {
    await app.listen({ path });
    // The folder lets nobody else in; this says it again for who looks at the socket alone.
    chmodSync(path, 0o600);
    return app;
  } catch (thrown) {
    await app.close();
    throw new HotakaError("HOTAKA_SERVER_LISTEN", `The control socket ${path} could not be opened: ${messageOf(thrown)}.`, {
      cause: thrown,
    });
  }
}

async function listenOnNetwork(app: FastifyInstance, { host, port }: Listen): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (thrown) {
    throw listenError("The API", { host, port }, "--listen, or server.listen in the settings", thrown);
  }
}

async function openRpc(options: ServerOptions): Promise<RpcListener | undefined> {
  const { rpc, services, log } = options;
  if (rpc === undefined) return undefined;
  try {
    return await openRpcListener({ ...options, ...rpc, audit: services.accounts.audit });
  } catch (thrown) {
    const isTaken = thrown instanceof HotakaError && thrown.details["errno"] === "EADDRINUSE";
    if (!rpc.mayBeTaken || !isTaken) throw thrown;
    log.warn(`${thrown.message} Until then it is asked through the control socket alone.`);
    return undefined;
  }
}

function urlOf(app: FastifyInstance): string {
  const address: AddressInfo | string | null = app.server.address();
  if (address === null || typeof address === "string") return "";
  return `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`;
}

/** `sun_path` is 108 bytes on Linux and 104 on macOS, with the NUL at its end. @see unix(7) */
const SOCKET_PATH_BYTES_MAX = 103;
