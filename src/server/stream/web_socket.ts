import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { STATUS_CODES } from "node:http";
import { WebSocketServer } from "ws";
import type { Problem } from "../problem.ts";
import type { RowFilter } from "./row_log.ts";
import type { Streams } from "./streams.ts";

/** What a request to become a WebSocket asks for, or why it may not. */
export type UpgradeVerdict = { readonly filter: RowFilter; readonly after: number | undefined } | Problem;

/**
 * Rows over a WebSocket, on the paths of the event streams: a message for each row, and `{"gap": {"after", "number"}}` where rows were lost.
 * What a peer sends is not read. `judge` says who may.
 */
export function serveWebSockets(server: Server, streams: Streams, judge: (request: IncomingMessage) => UpgradeVerdict): void {
  const sockets = new WebSocketServer({ noServer: true, clientTracking: false, maxPayload: PAYLOAD_BYTES_MAX, perMessageDeflate: false });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    const verdict = judge(request);
    socket.on("error", () => socket.destroy());
    if ("status" in verdict) return refuse(socket, verdict);
    sockets.handleUpgrade(request, socket, head, (peer) => {
      const leave = streams.serve(
        {
          row: ({ json }) => peer.send(json),
          gap: (after, number) => peer.send(JSON.stringify({ gap: { after, number } })),
          beat: () => peer.ping(),
          get waitingBytes() {
            return peer.bufferedAmount;
          },
          end: (reason) => {
            peer.close(GOING_AWAY, reason);
            // Who does not read does not answer the close either.
            if (peer.bufferedAmount > 0) peer.terminate();
          },
        },
        verdict.filter,
        verdict.after,
      );
      peer.on("close", leave);
      peer.on("error", leave);
    });
  });
}

function refuse(socket: Duplex, problem: Problem): void {
  const body = JSON.stringify(problem);
  const head = `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ""}\r\nConnection: close\r\nContent-Type: application/problem+json\r\n`;
  socket.end(`${head}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

const PAYLOAD_BYTES_MAX = 1024;
/** @see RFC 6455, 7.4.1 */
const GOING_AWAY = 1001;
