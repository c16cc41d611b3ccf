import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { HostAndPort, Secret, Source, SourceContext, SourceStatus } from "../../component/index.ts";
import { messageOf } from "../../kit/index.ts";
import { cannotListen, type ListenConfig, type TlsConfig, tlsOptions } from "../listening.ts";
import { RefusalCounter } from "../refusal_counter.ts";
import type { BodyResult } from "./body_events.ts";
import { BodyLog } from "./body_log.ts";
import { type BodyMemory, readRequest, Refusal, refusalOf } from "./request.ts";
import { Tokens } from "./tokens.ts";

/** Settings of an http source, as its schema makes them. Times are milliseconds, sizes bytes. */
export interface HttpConfig extends ListenConfig {
  readonly target?: string | undefined;
  readonly tokens: readonly Secret[];
  readonly tls?: TlsConfig | undefined;
  readonly connections_max: number;
  readonly body_bytes_max: number;
  readonly decompressed_bytes_max: number;
  readonly buffer_bytes_max: number;
  readonly request_timeout: number;
}

/** Listens. Throws HOTAKA_SOURCE_LISTEN, HOTAKA_SOURCE_OPEN for the files of TLS, and HOTAKA_SECRET_MISSING. */
export async function openHttp(config: HttpConfig, context: SourceContext): Promise<Source> {
  const tokens = new Tokens(await Promise.all(config.tokens.map(async (token) => token.read(context.folder))));
  const tls = await tlsOptions(config.tls, context.folder);
  const { request_timeout: requestTimeout } = config;
  const options = { requestTimeout, headersTimeout: requestTimeout, connectionsCheckingInterval: 1000, maxHeaderSize: HEADER_BYTES_MAX };
  const server = tls === undefined ? createServer(options) : createTlsServer({ ...options, ...tls });
  server.maxConnections = config.connections_max;
  const source = new HttpSource(config, { context, tokens, server });
  await listen(server, config.listen, context.name);
  return source;
}

class HttpSource implements Source {
  /** Peers may always come. */
  readonly finished = new Promise<void>(() => {});
  readonly #config: HttpConfig;
  readonly #context: SourceContext;
  readonly #tokens: Tokens;
  readonly #server: Server;
  readonly #log: BodyLog;
  readonly #memory: BodyMemory;
  readonly #refused: RefusalCounter;
  readonly #working = new Set<Promise<void>>();
  #closing: Promise<void> | undefined;

  constructor(config: HttpConfig, { context, tokens, server }: { context: SourceContext; tokens: Tokens; server: Server }) {
    this.#config = config;
    this.#context = context;
    this.#tokens = tokens;
    this.#server = server;
    this.#memory = { bodyBytesMax: config.body_bytes_max, bufferBytesMax: config.buffer_bytes_max, heldBytes: 0 };
    this.#refused = new RefusalCounter(context, "http_requests_refused", "Requests and connections that were refused.");
    this.#log = new BodyLog({
      context,
      key: `http ${config.listen.host}:${config.listen.port}`,
      run: randomBytes(8).toString("hex"),
      target: config.target,
      decompressedBytesMax: config.decompressed_bytes_max,
    });
    this.#attend(server);
  }

  status(): SourceStatus {
    const { port } = this.#server.address() as AddressInfo;
    const { host } = this.#config.listen;
    const place = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
    return { sentence: `listening on ${place}, ${this.#log.events} events`, ok: true };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    await Promise.allSettled(this.#working);
    this.#server.closeAllConnections();
    await closed;
  }

  #attend(server: Server): void {
    const { connections_max: most } = this.#config;
    server.on("request", (request: IncomingMessage, response: ServerResponse) => {
      const working = this.#answer(request, response).finally(() => this.#working.delete(working));
      this.#working.add(working);
    });
    server.on("drop", () => this.#refused.add("limit", `a connection was refused: there are ${most} (connections_max).`));
    server.on("tlsClientError", (error) => this.#refused.add("tls", `a connection was refused: ${messageOf(error)}.`));
    server.on("clientError", (error: NodeJS.ErrnoException, socket) => {
      const isSlow = error.code === "ERR_HTTP_REQUEST_TIMEOUT";
      if (isSlow) this.#refused.add("timeout", "a request was refused: it was not whole within request_timeout.");
      else if (error.code !== "ECONNRESET") this.#refused.add("protocol", "a request was refused: it is not HTTP.");
      if (socket.writable) socket.end(`HTTP/1.1 ${isSlow ? "408 Request Timeout" : "400 Bad Request"}\r\nConnection: close\r\n\r\n`);
      else socket.destroy();
    });
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      send(response, await this.#take(request));
    } catch (thrown) {
      const refusal = refusalOf(thrown);
      if (refusal.reason === "defect") this.#context.log.error(`${this.#context.name}: a request met a defect: ${messageOf(thrown)}`);
      this.#refused.add(refusal.reason, `a request of ${request.socket.remoteAddress ?? "a peer"} was refused: ${refusal.message}.`);
      // What is left of the body is not read.
      if (!request.complete) response.setHeader("Connection", "close");
      sendRefusal(response, refusal);
    }
  }

  async #take(request: IncomingMessage): Promise<BodyResult> {
    if (this.#context.steps.stopping) throw new Refusal(503, "stopping", "the daemon is stopping");
    if (!this.#tokens.admit(request.headers.authorization)) {
      throw new Refusal(401, "token", "a token was wanted, as Authorization: Bearer TOKEN");
    }
    // A page that somebody looks at can send to any address, also of this machine; a browser says so.
    if (request.headers.origin !== undefined && this.#config.tokens.length === 0) {
      throw new Refusal(403, "origin", "web pages may send only with a token");
    }
    const body = await readRequest(request, this.#config.target, this.#memory);
    try {
      return await this.#log.append(body);
    } finally {
      this.#memory.heldBytes -= body.bytes.length;
    }
  }
}

/** A body of which nothing was an event is the sender's mistake. */
function send(response: ServerResponse, { events, refused, problem }: BodyResult): void {
  response.statusCode = events === 0 && refused > 0 ? 400 : 200;
  write(response, { events, refused, ...(problem === undefined ? {} : { problem }) });
}

function sendRefusal(response: ServerResponse, { status, message }: Refusal): void {
  response.statusCode = status;
  if (status === 401) response.setHeader("WWW-Authenticate", 'Bearer realm="hotaka"');
  if (status === 405) response.setHeader("Allow", "POST");
  if (status === 503) response.setHeader("Retry-After", "5");
  write(response, { events: 0, refused: 0, problem: message });
}

function write(response: ServerResponse, answer: object): void {
  if (response.destroyed) return;
  response.setHeader("Content-Type", "application/json");
  response.end(`${JSON.stringify(answer)}\n`);
}

async function listen(server: Server, address: HostAndPort, name: string): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(address, () => {
        server.removeListener("error", reject);
        resolve();
      });
    });
  } catch (thrown) {
    throw cannotListen(name, `${address.host}:${address.port}`, thrown);
  }
}

const HEADER_BYTES_MAX = 16_384;
