import type { ServerResponse } from "node:http";
import type { RowFilter } from "./row_log.ts";
import type { Streams } from "./streams.ts";

/**
 * Rows as server-sent events: `id` is the number of the row, by which browsers resume by themselves. The events are `row`, and `gap` where
 * rows were lost: `{"after": the number that was known, "number": the first that is left}`.
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
export function serveEventStream(response: ServerResponse, streams: Streams, filter: RowFilter, after: number | undefined): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" });
  // So that who connects knows that it listens before the first row comes.
  response.write(": rows follow\n\n");
  const leave = streams.serve(
    {
      row: ({ number, json }) => void response.write(`id: ${number}\nevent: row\ndata: ${json}\n\n`),
      gap: (lost, number) => void response.write(`event: gap\ndata: ${JSON.stringify({ after: lost, number })}\n\n`),
      beat: () => void response.write(":\n\n"),
      get waitingBytes() {
        return response.writableLength;
      },
      end: () => response.end(),
    },
    filter,
    after,
  );
  response.once("close", leave);
}
