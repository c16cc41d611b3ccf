import type { Format, SourceContext } from "../../component/index.ts";
import { isRefusedRecord } from "../../kafka/index.ts";
import type { Counter } from "../../kit/index.ts";
import { type DestinationConfig, openDestination } from "../line_settings.ts";
import { RefusalCounter } from "../refusal_counter.ts";
import { type Partition, partitionName, type PartitionPositions } from "./partition_positions.ts";
import { LineFeed, MsgpackFeed, ObjectFeed, type RecordFeed } from "./record_feed.ts";

/** A record as the client gives it. */
export interface KafkaRecord {
  readonly offset: string;
  readonly value: Buffer | null;
  /** Epoch ms; negative where it has none. */
  readonly timestamp: string;
  readonly attributes: number;
}

/** Records of one partition, in their order. */
export interface RecordBatch extends Partition {
  readonly messages: readonly KafkaRecord[];
  /** Of the last record, also where it is none for us: the end of a transaction. */
  lastOffset(): string;
}

export interface RecordTakerOptions {
  readonly context: SourceContext;
  readonly positions: PartitionPositions;
  readonly destination: DestinationConfig;
  /** Undefined: MessagePack. */
  readonly format: Format | undefined;
  readonly recordBytesMax: number;
}

/** Makes events of records, and moves the position of their partition in the same turn. */
export class RecordTaker {
  readonly #options: RecordTakerOptions;
  readonly #records: Counter;
  readonly #refused: RefusalCounter;
  readonly #feeds = new Map<string, RecordFeed>();
  /** The record in hand, or the last one of those that a feed gathers, for what is said of a refusal. */
  #at = "";

  constructor(options: RecordTakerOptions) {
    this.#options = options;
    const { context } = options;
    this.#records = context.counters.counter("kafka_records", "Records that were read.", { source: context.name });
    this.#refused = new RefusalCounter(context, "kafka_records_refused", "Records, or lines in them, that became no event.");
  }

  /** Records so far. */
  get records(): number {
    return this.#records.value;
  }

  /** Takes records from the one at index `from` on, as many as a turn bears. Gives the index of the next. What was read before is passed over. */
  take(batch: RecordBatch, from: number): number {
    const { positions } = this.#options;
    const { messages } = batch;
    const known = positions.next(batch) ?? 0;
    const feed = this.#feedOf(batch.topic);
    let [at, bytes] = [from, 0];
    for (; at < messages.length && at - from < TURN_RECORDS_MAX && bytes < TURN_BYTES_MAX; at++) {
      const record = messages[at]!;
      if (Number(record.offset) < known) continue;
      bytes += record.value?.length ?? 0;
      this.#records.add();
      this.#at = `the record at offset ${record.offset} of ${partitionName(batch)}`;
      this.#takeRecord(record, feed);
    }
    feed.flush();
    const last = at === messages.length ? Math.max(Number(batch.lastOffset()), offsetAt(messages, at - 1)) : offsetAt(messages, at - 1);
    positions.set(batch, Math.max(known, last + 1));
    return at;
  }

  #takeRecord(record: KafkaRecord, feed: RecordFeed): void {
    const { context, recordBytesMax } = this.#options;
    const { value } = record;
    if (isRefusedRecord(record)) {
      this.#refused.add("compression", `${this.#at} stands in a batch that cannot be unpacked, or holds more than is taken.`);
    } else if (value === null) {
      this.#refused.add("empty", `${this.#at} has no value.`);
    } else if (value.length > recordBytesMax) {
      this.#refused.add("size", `${this.#at} is larger than record_bytes_max: ${value.length} bytes.`);
    } else {
      const timeMs = Number(record.timestamp);
      feed.take(value, timeMs > 0 ? timeMs : context.clock.nowMs());
    }
  }

  #feedOf(topic: string): RecordFeed {
    let feed = this.#feeds.get(topic);
    if (feed === undefined) {
      feed = this.#openFeed(topic);
      this.#feeds.set(topic, feed);
    }
    return feed;
  }

  #openFeed(topic: string): RecordFeed {
    const { context, destination, format } = this.#options;
    const own = destination.tag === undefined ? destination : { tag: destination.tag.replaceAll("*", topic) };
    const refuse = (reason: string): void =>
      this.#refused.add(reason, `${this.#at}, or one just before it, is not of the format (its part: ${reason}).`);
    const intake = openDestination(context, own, format ?? ANY_SHAPE);
    if (!("columns" in intake)) return new LineFeed(format!, intake, refuse);
    return format?.events === undefined ? new MsgpackFeed(intake, refuse) : new ObjectFeed(intake, format.events(), refuse);
  }
}

function offsetAt(messages: readonly KafkaRecord[], index: number): number {
  return Number(messages[index]?.offset ?? -1);
}

/** As a format of events of any shape, for the way on. */
const ANY_SHAPE: Pick<Format, "events" | "fields"> = {
  fields: {},
  events: () => ({ take: () => undefined }),
};
/** Some ten milliseconds of work. */
const TURN_RECORDS_MAX = 5000;
const TURN_BYTES_MAX = 1 << 20;
