import type { Inbox, SourceContext } from "../component/index.ts";
import { HotakaError, messageOf } from "../kit/index.ts";
import type { RefusalCounter } from "./refusal_counter.ts";
import type { MemoryPool } from "./stream_buffer.ts";

/** How a stream is held back while the disk is slower. */
export interface Flow {
  pause(): void;
  resume(): void;
}

/** Where lines are appended, which many streams share. */
export interface AppendsTo {
  readonly context: SourceContext;
  readonly inbox: Inbox;
  readonly refused: RefusalCounter;
  readonly pool: MemoryPool;
}

/** Appends the lines of one stream to their inbox, in order, and holds the stream back while the disk is slower. */
export class LineAppends {
  readonly #lines: AppendsTo;
  readonly #flow: Flow;
  #appending: Promise<void> = Promise.resolve();
  #appendingBytes = 0;

  constructor(lines: AppendsTo, flow: Flow) {
    this.#lines = lines;
    this.#flow = flow;
  }

  /** Resolves when all that was given is safe. */
  get settled(): Promise<void> {
    return this.#appending;
  }

  /** Whole lines, each with its newline. `memory` is what they stand in, where it is the pool's: it goes back there when they are safe. */
  append(bytes: Buffer, memory: Buffer | undefined): void {
    if (bytes.length === 0) return;
    this.#appendingBytes += bytes.length;
    if (this.#appendingBytes > APPENDING_BYTES_MAX) this.#flow.pause();
    this.#appending = this.#settle(bytes, memory, this.#appending);
  }

  async #settle(bytes: Buffer, memory: Buffer | undefined, before: Promise<void>): Promise<void> {
    const arrivedMs = this.#lines.context.clock.nowMs();
    await before;
    await this.#kept(bytes, arrivedMs);
    this.#lines.pool.give(memory);
    this.#appendingBytes -= bytes.length;
    if (this.#appendingBytes <= APPENDING_BYTES_MAX) this.#flow.resume();
  }

  /** Nobody is told what became of a line, so it is tried as long as the daemon runs: the stream is held back meanwhile. */
  async #kept(bytes: Buffer, arrivedMs: number): Promise<void> {
    const { inbox, context, refused } = this.#lines;
    while (!context.steps.stopping) {
      try {
        await inbox.append(bytes, arrivedMs);
        return;
      } catch (thrown) {
        if (!(thrown instanceof HotakaError)) throw thrown;
        if (thrown.code === "HOTAKA_INBOX_RECORD") {
          refused.add("inbox", `lines were dropped: ${messageOf(thrown)}`);
          return;
        }
        this.#flow.pause();
        if (thrown.code === "HOTAKA_INBOX_FULL") await inbox.room();
        else if (thrown.code !== "HOTAKA_STOPPING") {
          refused.add("disk", `lines wait for the disk: ${messageOf(thrown)}`);
          await this.#pause();
        }
      }
    }
  }

  #pause(): Promise<void> {
    const { clock, steps } = this.#lines.context;
    return new Promise((resolve) => {
      const timer = clock.after(DISK_RETRY_MS, resolve);
      steps.signal.addEventListener(
        "abort",
        () => {
          timer.cancel();
          resolve();
        },
        { once: true },
      );
    });
  }
}

const APPENDING_BYTES_MAX = 1 << 20;
const DISK_RETRY_MS = 1000;
