import type { Format } from "../../component/index.ts";
import { Demand, Schema } from "../../event/index.ts";
import { EventFeed } from "../event_feed.ts";
import { LineReader } from "../line_reader.ts";

/**
 * The latest time among the events at the end of a log of `size` bytes (its last 256 KiB), or undefined when no line there is of the
 * format. Lines of a log stand nearly in order, so that it is the latest of all, give or take the time a request may last.
 */
export function lastTimeMs(fd: number, size: number, format: Format, nowMs: number): number | undefined {
  let lastMs: number | undefined;
  const feed = new EventFeed({
    format,
    intake: {
      schema: new Schema("last_time", format.fields),
      demand: new Demand(),
      accept: ({ times, size: rows }) => {
        for (let row = 0; row < rows; row++) lastMs = Math.max(lastMs ?? Number.NEGATIVE_INFINITY, times[row]!);
      },
    },
  });
  const reader = new LineReader({ lineBytesMax: END_BYTES });
  const offset = Math.max(0, size - END_BYTES);
  // What stands before the first newline is the rest of a line that began further up.
  const cursor = { offset, isSkipping: offset > 0 };
  while (reader.read(fd, cursor) || reader.readRest(fd, cursor)) feed.feed(reader.bytes, reader.start, reader.end, 0, nowMs);
  return lastMs;
}

const END_BYTES = 1 << 18;
