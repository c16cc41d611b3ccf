import type { ServerResponse } from "node:http";
import { type Batch, rowAt, rowToJson, type Value } from "../../event/index.ts";
import type { Clock } from "../../kit/index.ts";
import type { CatalogService } from "../catalog_service.ts";
import type { Streams } from "./streams.ts";

export interface TapOptions {
  readonly catalog: CatalogService;
  readonly streams: Streams;
  readonly clock: Clock;
  readonly target: string;
  readonly perSecond: number;
}

/**
 * Events of a target as server-sent events, at most so many a second, spread over each batch: `event` with `{"time_ms", "event"}`, and
 * `skipped` with the number of those that were left out since the last one, and `closed` at the end when the target is. Fields that are null are left out.
 */
export function serveTap(response: ServerResponse, { catalog, streams, clock, target, perSecond }: TapOptions): void {
  response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store", "x-accel-buffering": "no" });
  response.write(": events follow\n\n");
  const sample = new Sample(perSecond, clock);
  const take = (batch: Batch): void => {
    // Who does not read is shown less, and holds nothing up.
    if (response.writableLength > WAITING_BYTES_MAX) return sample.skip(batch.size);
    for (const row of sample.rowsOf(batch.size)) {
      const skipped = sample.takeSkipped();
      if (skipped > 0) response.write(`event: skipped\ndata: {"events":${skipped}}\n\n`);
      response.write(`event: event\ndata: ${eventJson(batch, row)}\n\n`);
    }
  };
  const stop = catalog.tap(target, { take, closed: () => response.end("event: closed\ndata: {}\n\n") });
  const beat = (): void => {
    response.write(":\n\n");
    timer = clock.after(BEAT_MS, beat);
  };
  let timer = clock.after(BEAT_MS, beat);
  const leave = streams.admit(() => response.end());
  response.once("close", () => {
    stop();
    leave();
    timer.cancel();
  });
}

/** Which rows of the batches of a second are shown. */
class Sample {
  readonly #perSecond: number;
  readonly #clock: Clock;
  #second = 0;
  #left = 0;
  #skipped = 0;

  constructor(perSecond: number, clock: Clock) {
    this.#perSecond = perSecond;
    this.#clock = clock;
  }

  rowsOf(size: number): number[] {
    const second = Math.floor(this.#clock.nowMs() / 1000);
    if (second !== this.#second) [this.#second, this.#left] = [second, this.#perSecond];
    const shown = Math.min(size, this.#left);
    this.#left -= shown;
    this.#skipped += size - shown;
    return Array.from({ length: shown }, (_, index) => Math.floor((index * size) / shown));
  }

  skip(size: number): void {
    this.#skipped += size;
  }

  takeSkipped(): number {
    const skipped = this.#skipped;
    this.#skipped = 0;
    return skipped;
  }
}

function eventJson(batch: Batch, row: number): string {
  const values = rowAt(batch, row);
  const present = batch.schema.fields.flatMap(({ name, slot }): [string, Value][] => {
    const value = values[slot] ?? null;
    return value === null ? [] : [[name, value]];
  });
  return `{"time_ms":${batch.times[row]!},"event":${rowToJson(Object.fromEntries(present))}}`;
}

const WAITING_BYTES_MAX = 1024 * 1024;
const BEAT_MS = 15_000;
