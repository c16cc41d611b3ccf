import type { Inbox, SourceContext } from "../../component/index.ts";
import { type Counter, HotakaError, msgpackOf, MsgpackReader } from "../../kit/index.ts";
import { type Compression, decompressed } from "../decompressed.ts";
import { NamedTargets } from "../named_targets.ts";
import { RefusalCounter } from "../refusal_counter.ts";
import { type BodyResult, type BodyType, takeBody } from "./body_events.ts";

/** A body with what one must know to read it. */
export interface SentBody {
  /** What the path says. */
  readonly tag: string;
  readonly type: BodyType;
  readonly compression: Compression | undefined;
  readonly bytes: Buffer;
}

/**
 * Bodies as they came, in the inbox, and the events that are made of them. A record is one body:
 *
 *     record = [ number, tag, type, compression or "" ] as MessagePack, and the body behind it
 *
 * The number says which request waits to hear what became of it; after a restart nobody does.
 */
export class BodyLog {
  readonly #context: SourceContext;
  readonly #inbox: Inbox;
  readonly #targets: NamedTargets;
  readonly #decompressedBytesMax: number;
  readonly #results = new Map<string, BodyResult>();
  readonly #run: string;
  readonly #events: Counter;
  readonly #refused: RefusalCounter;
  #number = 0;

  constructor({ context, key, run, target, decompressedBytesMax }: BodyLogOptions) {
    this.#context = context;
    this.#run = run;
    this.#decompressedBytesMax = decompressedBytesMax;
    this.#targets = new NamedTargets(context, target);
    this.#events = context.counters.counter("http_events", "Events of bodies that were sent.", { source: context.name });
    this.#refused = new RefusalCounter(context, "http_events_refused", "What was sent in bodies and is no event.");
    this.#inbox = context.inbox(
      key,
      (record, arrivedMs) => this.#take(record, arrivedMs),
      () => this.#targets.flush(),
    );
  }

  get events(): number {
    return this.#events.value;
  }

  /** Resolves when the body is safe and its events are taken, with what became of it. Rejects as an inbox does. */
  async append({ tag, type, compression, bytes }: SentBody): Promise<BodyResult> {
    const number = `${this.#run} ${this.#number++}`;
    const head = msgpackOf([number, tag, type, compression ?? ""]);
    this.#results.set(number, { events: 0, refused: 0, problem: undefined });
    try {
      await this.#inbox.append(Buffer.concat([head, bytes]), this.#context.clock.nowMs());
      return this.#results.get(number) ?? { events: 0, refused: 0, problem: undefined };
    } finally {
      this.#results.delete(number);
    }
  }

  #take(record: Buffer, arrivedMs: number): void {
    const reader = new MsgpackReader(record);
    const [number, tag, type, compression] = reader.value() as [string, string, BodyType, Compression | ""];
    const result = this.#resultOf(
      { tag, type, compression: compression === "" ? undefined : compression, bytes: record.subarray(reader.at) },
      arrivedMs,
    );
    this.#events.add(result.events);
    if (result.refused > 0) this.#refused.add(type, `a body for ${tag}: ${result.problem ?? ""}.`, result.refused);
    if (this.#results.has(number)) this.#results.set(number, result);
  }

  #resultOf({ tag, type, compression, bytes }: SentBody, arrivedMs: number): BodyResult {
    const into = this.#targets.find(tag);
    if (into === undefined) return { events: 0, refused: 1, problem: `there can be no target "${tag}"` };
    try {
      const body = compression === undefined ? bytes : decompressed(bytes, compression, this.#decompressedBytesMax);
      return takeBody(body, type, into, arrivedMs);
    } catch (thrown) {
      if (!(thrown instanceof HotakaError)) throw thrown;
      return { events: 0, refused: 1, problem: thrown.message.replace(/\.$/, "") };
    }
  }
}

export interface BodyLogOptions {
  readonly context: SourceContext;
  /** Names the inbox over restarts. */
  readonly key: string;
  /** Tells the requests of this run of the daemon from those of others. */
  readonly run: string;
  /** Where all goes; without it the routes say where a tag does. */
  readonly target: string | undefined;
  readonly decompressedBytesMax: number;
}
