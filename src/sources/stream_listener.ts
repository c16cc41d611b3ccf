import { rm } from "node:fs/promises";
import { connect, createServer, type Server, type Socket } from "node:net";
import { resolve } from "node:path";
import { createServer as createTlsServer, type TlsOptions } from "node:tls";
import type { HostAndPort, SourceContext } from "../component/index.ts";
import { messageOf, type Timer, YoungGarbage } from "../kit/index.ts";
import { cannotListen } from "./listening.ts";
import { RefusalCounter } from "./refusal_counter.ts";
import { readShared } from "./shared_reads.ts";

/** What a protocol makes of one connection. */
export interface StreamConnection {
  /** When it is to be ended for its silence, epoch ms. It moves as bytes come. */
  readonly dueMs: number;
  receive(bytes: Buffer): void;
  /** The time has come that `dueMs` said. */
  timedOut(): void;
  /** The peer sends no more, or the daemon stops: ends what is in hand, and the connection. */
  finish(): Promise<void>;
  /** The connection is no more. */
  closed(): void;
}

export interface StreamListenerOptions {
  readonly context: SourceContext;
  readonly listen: HostAndPort | { readonly path: string };
  readonly tls?: TlsOptions | undefined;
  readonly connectionsMax: number;
  readonly connected: (socket: Socket) => StreamConnection;
  /** What a connection receives need only be good until `receive` returns; otherwise it is the connection's to keep. */
  readonly isMemoryShared?: boolean;
}

/** Listens on TCP, TLS or a Unix socket, and ends connections that are too many or silent for too long. */
export class StreamListener {
  readonly #options: StreamListenerOptions;
  readonly #server: Server;
  readonly #connections = new Map<StreamConnection, Socket>();
  readonly #refused: RefusalCounter;
  readonly #accepted;
  #sweep: Timer | undefined;
  #closing: Promise<void> | undefined;

  private constructor(options: StreamListenerOptions, server: Server) {
    const { context, connectionsMax } = options;
    this.#options = options;
    this.#server = server;
    const help = "Connections that were refused: too many at once, or no TLS.";
    this.#refused = new RefusalCounter(context, "source_connections_refused", help);
    this.#accepted = context.counters.counter("source_connections", "Connections that were taken.", { source: context.name });
    server.maxConnections = connectionsMax;
    server.on("drop", () => this.#refused.add("limit", `a connection was refused: there are ${connectionsMax} (connections_max).`));
    server.on("tlsClientError", (error) => this.#refused.add("tls", `a connection was refused: ${messageOf(error)}.`));
    server.on("error", (error) => context.log.warn(`${context.name}: a connection could not be taken: ${messageOf(error)}.`));
    server.on(options.tls === undefined ? "connection" : "secureConnection", (socket: Socket) => this.#connected(socket));
    this.#armSweep();
  }

  /** Throws HOTAKA_SOURCE_LISTEN. */
  static async open(options: StreamListenerOptions): Promise<StreamListener> {
    const { tls, listen, context } = options;
    const server = tls === undefined ? createServer() : createTlsServer({ ...tls, handshakeTimeout: TLS_HANDSHAKE_MS });
    try {
      await listenOn(server, "path" in listen ? { path: resolve(context.folder, listen.path) } : listen);
    } catch (thrown) {
      throw cannotListen(context.name, "path" in listen ? listen.path : `${listen.host}:${listen.port}`, thrown);
    }
    return new StreamListener(options, server);
  }

  /** The port it listens on, which the system may have chosen; 0 for a Unix socket. */
  get port(): number {
    const address = this.#server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  /** Connections now. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Takes no more, ends those that there are, and resolves when they are. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#sweep?.cancel();
    const closed = new Promise<void>((resolved) => {
      this.#server.close(() => resolved());
    });
    await Promise.all([...this.#connections.keys()].map(async (connection) => connection.finish()));
    for (const socket of this.#connections.values()) socket.destroy();
    await closed;
  }

  #connected(socket: Socket): void {
    if (this.#closing !== undefined || this.#options.context.steps.stopping) {
      socket.destroy();
      return;
    }
    this.#accepted.add();
    // It is bytes that are waited for; an error is followed by `close`, and a peer that is gone is nothing to report.
    socket.on("error", () => {});
    const connection = this.#options.connected(socket);
    this.#connections.set(connection, socket);
    const { isMemoryShared = false, tls } = this.#options;
    if (!isMemoryShared || tls !== undefined || !readShared(socket, (bytes) => connection.receive(bytes))) {
      socket.on("data", (bytes: Buffer) => {
        connection.receive(bytes);
        GARBAGE.add(bytes.length);
      });
    }
    socket.on("end", () => void connection.finish());
    socket.on("close", () => {
      this.#connections.delete(connection);
      connection.closed();
    });
  }

  /** One timer for all: a connection that is due is found within a second. */
  #armSweep(): void {
    const { clock } = this.#options.context;
    this.#sweep = clock.after(SWEEP_MS, () => {
      const nowMs = clock.nowMs();
      for (const connection of this.#connections.keys()) if (connection.dueMs <= nowMs) connection.timedOut();
      this.#armSweep();
    });
  }
}

async function listenOn(server: Server, address: HostAndPort | { readonly path: string }): Promise<void> {
  if ("path" in address) await removeStale(address.path);
  await new Promise<void>((resolved, reject) => {
    server.once("error", reject);
    server.listen(address, () => {
      server.removeListener("error", reject);
      resolved();
    });
  });
}

/** A socket that nobody listens on any more was left behind by a process that was killed. */
async function removeStale(path: string): Promise<void> {
  const isStale = await new Promise<boolean>((resolved) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolved(false);
    });
    socket.once("error", (error: NodeJS.ErrnoException) => resolved(error.code === "ECONNREFUSED"));
  });
  if (isStale) await rm(path, { force: true });
}

/** Of all listeners together. */
const GARBAGE = new YoungGarbage();
const SWEEP_MS = 1000;
const TLS_HANDSHAKE_MS = 10_000;
