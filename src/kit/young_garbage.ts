import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/**
 * Has the collector free what was made and dropped lately, to be told of the bytes that came in.
 *
 * Node makes a buffer of 64 KB for each read of a socket. Dropped buffers are freed with the young objects of JavaScript, which are collected
 * when 16 MB of them have come together; but a buffer counts for a hundred bytes there, and V8 begins to look through its whole memory
 * as soon as 64 MB are held outside of it. Measured with 400 MB a second of the forward protocol, that took a third of the processor time;
 * collecting the young objects alone, which takes a millisecond or less, every 8 MB takes a fiftieth. So few buffers are in use by then that the
 * next ones are made of memory that the process has: with 32 MB a fifth of the time in the kernel went into pages of memory given back and
 * asked for again, and 20 MB more were resident.
 */
export class YoungGarbage {
  readonly #collect: () => void;
  #bytes = 0;

  /** `collect` is for tests. */
  constructor(collect: () => void = collectYoung) {
    this.#collect = collect;
  }

  /** So many bytes came, in buffers that are dropped soon. */
  add(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < COLLECT_BYTES) return;
    this.#bytes = 0;
    this.#collect();
  }
}

let collector: ((options: { readonly type: "minor" }) => void) | undefined;

function collectYoung(): void {
  collector ??= findCollector();
  collector({ type: "minor" });
}

/** V8 gives its collector only to contexts that are made while this flag is set. */
function findCollector(): (options: { readonly type: "minor" }) => void {
  setFlagsFromString("--expose-gc");
  const found: unknown = runInNewContext("typeof gc === 'function' ? gc : undefined");
  setFlagsFromString("--no-expose-gc");
  return typeof found === "function" ? (found as typeof collectYoung) : () => {};
}

const COLLECT_BYTES = 8 << 20;
