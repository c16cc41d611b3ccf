import { chmodSync, rmSync } from "node:fs";
import { connect } from "node:net";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { HotakaError, type Log, messageOf } from "../kit/index.ts";
import { makeApp, type Services } from "./app.ts";
import { listenError } from "./listen_error.ts";

export interface ServerOptions {
  readonly services: Services;
  readonly log: Log;
  /** An address or a name, and a port; 0 lets the system choose. */
  readonly listen: { readonly host: string; readonly port: number };
  readonly hosts: readonly string[];
  /** An existing folder that only its owner may enter, held by this process: the control socket goes into it. */
  readonly dataDir: string;
}

/** The API on its address, to be read, and on the control socket, to be acted through. */
export interface Server {
  /** `http://127.0.0.1:26578` */
  readonly url: string;
  readonly controlPath: string;
  /** Accepts nothing more, and waits for the answers that are on their way. */
  close(): Promise<void>;
}

/** Where the control socket of a data folder is. */
export function controlPathOf(dataDir: string): string {
  return join(dataDir, "control.sock");
}

/** Opens both doors. Throws HOTAKA_SERVER_LISTEN, or HOTAKA_DATA_DIR when a daemon answers on the control socket already. */
export async function openServer(options: ServerOptions): Promise<Server> {
  const controlPath = controlPathOf(options.dataDir);
  const control = await openControl(controlPath, options);
  try {
    const network = await makeApp({ ...options, door: "network" });
    await listenOnNetwork(network, options.listen);
    return {
      url: urlOf(network),
      controlPath,
      close: async () => {
        await Promise.all([network.close(), control.close()]);
      },
    };
  } catch (thrown) {
    await control.close();
    throw thrown;
  }
}

async function openControl(path: string, options: ServerOptions): Promise<FastifyInstance> {
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
  const app = await makeApp({ ...options, door: "control" });
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

async function listenOnNetwork(app: FastifyInstance, { host, port }: ServerOptions["listen"]): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (thrown) {
    await app.close();
    throw listenError("The API", { host, port }, "--listen, or server.listen in the settings", thrown);
  }
}

function urlOf(app: FastifyInstance): string {
  const address: AddressInfo | string | null = app.server.address();
  if (address === null || typeof address === "string") return "";
  return `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`;
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** `sun_path` is 108 bytes on Linux and 104 on macOS, with the NUL at its end. @see unix(7) */
const SOCKET_PATH_BYTES_MAX = 103;
