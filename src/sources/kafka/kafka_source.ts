import type { Source, SourceContext, SourceStatus } from "../../component/index.ts";
import type { FormatChoice } from "../../formats/index.ts";
import { type ClusterConfig, type KafkaClient, kafkaClient, kafkaProblem } from "../../kafka/index.ts";
import { backoffMs, type Counter, formatDuration, HotakaError, type Timer } from "../../kit/index.ts";
import { openFormat } from "../format_setting.ts";
import type { DestinationConfig } from "../line_settings.ts";
import { GroupSession } from "./group_session.ts";
import { PartitionLedger } from "./partition_ledger.ts";
import { PartitionPositions } from "./partition_positions.ts";
import { RecordTaker } from "./record_taker.ts";

/** Settings of a kafka source, as its schema makes them. Times are milliseconds, sizes bytes. */
export interface KafkaSourceConfig extends ClusterConfig, DestinationConfig {
  readonly topics: readonly string[];
  readonly group: string;
  readonly format: FormatChoice | "msgpack";
  readonly from: "end" | "start";
  readonly record_bytes_max: number;
  readonly fetch_bytes_max: number;
  readonly session_timeout: number;
}

/** Begins to read. Throws HOTAKA_SOURCE_OPEN for settings that cannot work, HOTAKA_PACKAGE_MISSING and HOTAKA_SECRET_MISSING. */
export async function openKafka(config: KafkaSourceConfig, context: SourceContext): Promise<Source> {
  const format = config.format === "msgpack" ? undefined : openFormat(config.format);
  if (format?.records !== undefined) {
    const sentence = `${context.name}: this format makes one event of several lines, and in Kafka a record is an event. Choose another one.`;
    throw new HotakaError("HOTAKA_SOURCE_OPEN", sentence);
  }
  const client = await kafkaClient(config, { ...context, code: "HOTAKA_SOURCE_OPEN" });
  const positions = new PartitionPositions(context.positions, config.group);
  const { target, tag, record_bytes_max: recordBytesMax } = config;
  const taker = new RecordTaker({ context, positions, destination: { target, tag }, format, recordBytesMax });
  const ledger = new PartitionLedger({ context, positions, group: config.group, from: config.from });
  return new KafkaSource(config, { context, client, taker, ledger });
}

interface KafkaSourceParts {
  readonly context: SourceContext;
  readonly client: KafkaClient;
  readonly taker: RecordTaker;
  readonly ledger: PartitionLedger;
}

/** Reads topics as a member of a group, and joins it again when that broke off, for as long as the daemon runs. */
class KafkaSource implements Source {
  /** There may always be more. */
  readonly finished = new Promise<void>(() => {});
  readonly #config: KafkaSourceConfig;
  readonly #parts: KafkaSourceParts;
  readonly #failures: Counter;
  readonly #running: Promise<void>;
  #session: GroupSession | undefined;
  #isClosed = false;
  /** Why it does not read; undefined while it does, or is about to. */
  #problem: string | undefined;
  #wake: () => void = () => {};

  constructor(config: KafkaSourceConfig, parts: KafkaSourceParts) {
    this.#config = config;
    this.#parts = parts;
    const { counters, name, steps } = parts.context;
    this.#failures = counters.counter("kafka_failures", "Times that reading broke off, or could not begin.", { source: name });
    steps.signal.addEventListener("abort", () => this.#stop(), { once: true });
    this.#running = this.#run();
  }

  status(): SourceStatus {
    const { topics, group } = this.#config;
    const { taker, ledger } = this.#parts;
    const { missing = [], hasJoined = false } = this.#session ?? {};
    const named = topics.length > TOPICS_NAMED ? `${topics.length} topics` : topics.join(", ");
    if (this.#isClosed) return { sentence: `stopped reading ${named}, ${taker.records} records`, ok: true };
    if (this.#problem !== undefined) return { sentence: `not reading ${named}: ${this.#problem}`, ok: false };
    if (!hasJoined) return { sentence: `joining group ${group} for ${named}, ${taker.records} records`, ok: true };
    const lacking = missing.length === 0 ? "" : `; there is no topic ${missing.join(", ")}`;
    const sentence = `reading ${named} as group ${group}, ${taker.records} records, ${ledger.behind} behind${lacking}`;
    return { sentence, ok: missing.length === 0, recordsBehind: ledger.behind };
  }

  async close(): Promise<void> {
    this.#stop();
    await this.#running;
  }

  #stop(): void {
    this.#isClosed = true;
    this.#session?.stop();
    this.#wake();
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#isClosed) {
      const session = this.#newSession();
      this.#session = session;
      try {
        await session.run();
      } catch (thrown) {
        if (session.hasJoined) failures = 0;
        if (!this.#isClosed) await this.#pause(thrown, ++failures);
      } finally {
        this.#parts.ledger.release();
      }
    }
  }

  #newSession(): GroupSession {
    const { topics, group, fetch_bytes_max: fetchBytesMax, session_timeout: sessionTimeoutMs } = this.#config;
    const joined = (): void => this.#recover();
    return new GroupSession({ ...this.#parts, topics, group, fetchBytesMax, sessionTimeoutMs, joined });
  }

  #recover(): void {
    const { context } = this.#parts;
    if (this.#problem !== undefined) context.log.info(`${context.name}: ${this.#config.topics.join(", ")} can be read again.`);
    this.#problem = undefined;
  }

  async #pause(thrown: unknown, failures: number): Promise<void> {
    const { context } = this.#parts;
    const waitMs = backoffMs(BACKOFF, failures);
    const problem = kafkaProblem(thrown);
    this.#failures.add();
    const sentence = `${context.name}: ${this.#config.topics.join(", ")} cannot be read: ${problem}. The next try is in ${formatDuration(waitMs)}.`;
    // The same again and again is no news.
    context.log[problem === this.#problem ? "debug" : "warn"](sentence);
    this.#problem = problem;
    let timer: Timer | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = context.clock.after(waitMs, resolve);
    });
    timer?.cancel();
  }
}

const BACKOFF = { firstMs: 500, mostMs: 30_000 };
const TOPICS_NAMED = 5;
