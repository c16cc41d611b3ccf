import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { BODIES_BYTES_MAX, BodyRoom, type HeldRoom } from "../body_room.ts";
import { listenError } from "../listen_error.ts";
import { answerCall, type RpcAnswer, type RpcOptions } from "./rpc.ts";

export interface ListenerOptions extends RpcOptions {
  readonly listen: { readonly host: string; readonly port: number };
  /** A longer request is refused before it is read. */
  readonly bodyBytesMax: number;
  /** Bytes of all requests that are being read and answered; what comes beyond is refused, and the client tries again. */
  readonly bodiesBytesMax?: number;
}

/** The RPC of Norikra on its port. */
export interface RpcListener {
  readonly port: number;
  /** Accepts nothing more, and waits for the calls that are being answered. */
  close(): Promise<void>;
}

/**
 * Listens for calls over HTTP as Norikra's server does, statuses and sentences included. The protocol has no login: whoever reaches the
 * port may do all of it. Throws HOTAKA_SERVER_LISTEN.
 */
export async function openRpcListener(options: ListenerOptions): Promise<RpcListener> {
  const { counters, bodiesBytesMax = BODIES_BYTES_MAX } = options;
  const room = new BodyRoom(bodiesBytesMax, counters.counter("rpc_bodies_refused", "Requests to the RPC for which there was no memory."));
  const server = createServer({ requestTimeout: REQUEST_MS_MAX, keepAliveTimeout: KEEP_ALIVE_MS }, (request, response) => {
    void answer(request, room, options).then((answered) => send(response, answered, server.listening));
  });
  server.maxConnections = CONNECTIONS_MAX;
  await listen(server, options.listen);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeIdleConnections();
      }),
  };
}

interface Answered extends RpcAnswer {
  readonly isRead: boolean;
}

/** Undefined when the connection ended before the call was whole. */
async function answer(request: IncomingMessage, room: BodyRoom, options: ListenerOptions): Promise<Answered | undefined> {
  const refusal = refusalOf(request, options.bodyBytesMax);
  if (refusal !== undefined) return { ...refusal, isRead: refusal.status === 200 };
  const held = room.hold();
  try {
    const body = await bodyOf(request, held);
    if (body === undefined) return undefined;
    if (body === "no room")
      return { status: 503, body: "Other requests take all the memory there is for them; send it again.\n", isRead: false };
    return { ...(await answerCall(body, { ...options, who: `rpc ${request.socket.remoteAddress ?? ""}` })), isRead: true };
  } finally {
    held.release();
  }
}

/** What is answered without a look at the body: `GET` is how monitors ask whether Norikra lives. */
function refusalOf(request: IncomingMessage, bodyBytesMax: number): RpcAnswer | undefined {
  if (request.method === "GET" && request.url === "/") return { status: 200, body: "Norikra alive!" };
  if (request.method !== "POST") return { status: 405, body: "Only POST is allowed" };
  // A browser says which page asks, also where that page has taken our address for its own name; no client of Norikra does.
  if (request.headers.origin !== undefined) return { status: 403, body: "A web page may not call the RPC, for it has no login.\n" };
  const type = request.headers["content-type"] ?? "";
  if (type.split(";")[0]?.trim().toLowerCase() !== "application/x-msgpack")
    return { status: 400, body: `Only text/plain is allowed ${type}` };
  const length = Number(request.headers["content-length"] ?? "0");
  if (!(length > 0)) return { status: 411, body: "Missing Content-Length" };
  if (length > bodyBytesMax)
    return { status: 413, body: `The body is ${length} bytes; at most ${bodyBytesMax} are taken (rpc.body_bytes_max).\n` };
  return undefined;
}

/** Node has made sure that no more comes than Content-Length says. Undefined when the connection ended before. */
function bodyOf(request: IncomingMessage, held: HeldRoom): Promise<Buffer | "no room" | undefined> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    // By what has come, not by what was announced: to announce much costs nothing.
    request.on("data", (chunk: Buffer) => {
      if (held.take(chunk.length)) return void chunks.push(chunk);
      request.pause();
      resolve("no room");
    });
    request.once("end", () => resolve(chunks.length === 1 ? chunks[0] : Buffer.concat(chunks)));
    request.once("close", () => resolve(undefined));
    request.once("error", () => resolve(undefined));
  });
}

/** What follows a refusal is not read: it may be endless. What is answered after the end has begun is the last on its connection. */
function send(response: ServerResponse, answered: Answered | undefined, isListening: boolean): void {
  if (answered === undefined) return;
  const { status, body, isRead } = answered;
  if (!isRead || !isListening) response.setHeader("connection", "close");
  response.writeHead(status, { "content-type": "text/plain", "content-length": Buffer.byteLength(body) });
  response.end(body);
}

function listen(server: Server, { host, port }: ListenerOptions["listen"]): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (thrown) => reject(listenError("The RPC", { host, port }, "rpc.listen in the settings", thrown)));
    server.listen({ host, port }, () => resolve());
  });
}

const CONNECTIONS_MAX = 256;
const REQUEST_MS_MAX = 60_000;
const KEEP_ALIVE_MS = 75_000;
