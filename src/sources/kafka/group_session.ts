import type { Admin, Consumer, EachBatchPayload } from "kafkajs";
import type { SourceContext } from "../../component/index.ts";
import { type KafkaClient, kafkaProblem } from "../../kafka/index.ts";
import { HotakaError, messageOf, type Timer } from "../../kit/index.ts";
import type { PartitionLedger } from "./partition_ledger.ts";
import { type Partition, partitionName } from "./partition_positions.ts";
import type { RecordTaker } from "./record_taker.ts";

export interface GroupSessionOptions {
  readonly context: SourceContext;
  readonly client: KafkaClient;
  readonly topics: readonly string[];
  readonly group: string;
  readonly fetchBytesMax: number;
  readonly sessionTimeoutMs: number;
  readonly ledger: PartitionLedger;
  readonly taker: RecordTaker;
  /** Told when it has joined the group. */
  readonly joined: () => void;
}

/**
 * A time as a member of a group, from joining it to leaving it. Where each partition is read from is what the checkpoint says; the group is told
 * of it afterwards, when a checkpoint is on the disk, so that a member that takes over begins where nothing is lost, and tools show the lag.
 */
export class GroupSession {
  /** Topics of the settings that are not there. */
  missing: readonly string[] = [];
  hasJoined = false;
  readonly #options: GroupSessionOptions;
  readonly #admin: Admin;
  readonly #consumer: Consumer;
  readonly #ended: Promise<void>;
  #end: () => void = () => {};
  #fail: (thrown: unknown) => void = () => {};
  #isOver = false;
  #timer: Timer | undefined;

  constructor(options: GroupSessionOptions) {
    this.#options = options;
    const { client, group, fetchBytesMax, sessionTimeoutMs } = options;
    this.#admin = client.kafka.admin();
    this.#consumer = client.kafka.consumer({
      groupId: group,
      sessionTimeout: sessionTimeoutMs,
      heartbeatInterval: Math.trunc(sessionTimeoutMs / 3),
      maxBytes: fetchBytesMax,
      maxBytesPerPartition: Math.min(fetchBytesMax, PARTITION_BYTES_MAX),
      maxWaitTimeInMs: FETCH_WAIT_MS,
      allowAutoTopicCreation: false,
      // Who began the session begins the next one, and tells of it.
      retry: { initialRetryTime: 100, maxRetryTime: 2000, retries: 4, restartOnFailure: async () => false },
    });
    this.#ended = new Promise((resolve, reject) => {
      this.#end = resolve;
      this.#fail = reject;
    });
    this.#ended.catch(() => {});
  }

  /** Resolves after `stop`, or when there is reason to begin another session; rejects when it broke off. It has left the group then. */
  async run(): Promise<void> {
    const { context } = this.#options;
    try {
      await this.#admin.connect();
      const topics = await this.#presentTopics();
      await this.#options.ledger.begin(this.#admin, topics);
      await this.#join(topics);
      this.#arm(topics);
      await this.#ended;
    } finally {
      this.#isOver = true;
      this.#timer?.cancel();
      // A broker that is gone does not answer.
      const left = Promise.allSettled([this.#consumer.disconnect(), this.#admin.disconnect()]);
      const late = new Promise<void>((resolve) => {
        context.clock.after(LEAVE_MS_MAX, resolve);
      });
      await Promise.race([left, late]);
    }
  }

  /** Leaves the group when the records in hand are taken. */
  stop(): void {
    this.#isOver = true;
    this.#end();
  }

  async #presentTopics(): Promise<string[]> {
    const { topics } = this.#options;
    const known = new Set(await this.#admin.listTopics());
    this.missing = topics.filter((topic) => !known.has(topic));
    const present = topics.filter((topic) => known.has(topic));
    if (present.length > 0) return present;
    const named = topics.length === 1 ? `there is no topic ${topics[0]}` : `none of the topics ${topics.join(", ")} is there`;
    throw new HotakaError("HOTAKA_SOURCE_READ", `${named}, or ${topics.length === 1 ? "it" : "they"} may not be seen`);
  }

  async #join(topics: string[]): Promise<void> {
    const { GROUP_JOIN, CRASH } = this.#consumer.events;
    this.#consumer.on(GROUP_JOIN, ({ payload: { memberAssignment } }) => {
      const assigned = Object.entries(memberAssignment).flatMap(([topic, partitions]) =>
        partitions.map((partition): Partition => ({ topic, partition })),
      );
      this.hasJoined = true;
      this.#options.joined();
      for (const { topic, partition, next } of this.#options.ledger.assign(assigned)) {
        this.#consumer.seek({ topic, partition, offset: String(next) });
      }
    });
    this.#consumer.on(CRASH, ({ payload: { error } }) => this.#fail(error));
    await this.#consumer.connect();
    // A partition that comes later, or whose records are let go of while they are read, is read from its beginning.
    await this.#consumer.subscribe({ topics, fromBeginning: true });
    await this.#consumer.run({ autoCommit: false, eachBatchAutoResolve: false, eachBatch: async (payload) => this.#take(payload) });
  }

  async #take(payload: EachBatchPayload): Promise<void> {
    const { context, ledger, taker } = this.#options;
    const { batch } = payload;
    ledger.meet(batch, Number(batch.highWatermark), Number(batch.messages[0]?.offset ?? 0));
    for (let from = 0; from < batch.messages.length;) {
      await this.#room(payload);
      // The wait may have been long.
      if (this.#isOver || !payload.isRunning() || payload.isStale() || context.steps.stopping || !ledger.isAssigned(batch)) return;
      from = await context.steps.run(`${context.name} ${partitionName(batch)}`, () => taker.take(batch, from));
      payload.resolveOffset(batch.messages[from - 1]!.offset);
      await payload.heartbeat();
    }
  }

  /** Waits for room, and stays in the group meanwhile. */
  async #room(payload: EachBatchPayload): Promise<void> {
    const { context, sessionTimeoutMs } = this.#options;
    let isFree = false;
    const room = context.room().then(() => (isFree = true));
    for (;;) {
      let timer: Timer | undefined;
      const late = new Promise<void>((resolve) => {
        timer = context.clock.after(sessionTimeoutMs / 3, resolve);
      });
      await Promise.race([room, late]);
      timer?.cancel();
      if (isFree) return;
      await payload.heartbeat();
    }
  }

  #arm(topics: readonly string[]): void {
    if (this.#isOver) return;
    this.#timer = this.#options.context.clock.after(LOOK_EVERY_MS, () => {
      this.#look(topics).then(
        () => this.#arm(topics),
        (thrown: unknown) => this.#options.context.log.debug(`${this.#options.context.name}: ${messageOf(thrown)}`),
      );
    });
  }

  /** Tells the group what is on the disk, and looks what there is. What goes wrong is no reason to stop reading. */
  async #look(topics: readonly string[]): Promise<void> {
    const { ledger, context } = this.#options;
    try {
      const durable = ledger.uncommitted();
      if (durable.length > 0) {
        await this.#consumer.commitOffsets(durable.map(({ next, ...partition }) => ({ ...partition, offset: String(next) })));
        ledger.committed(durable);
      }
      const isAnew = await ledger.look(this.#admin, topics);
      const known = this.missing.length === 0 ? [] : await this.#admin.listTopics();
      if (isAnew || this.missing.some((topic) => known.includes(topic))) this.#end();
    } catch (thrown) {
      context.log.debug(`${context.name}: ${kafkaProblem(thrown)}.`);
    }
  }
}

/** How often the group is told, and lag and missing topics are looked at. */
const LOOK_EVERY_MS = 5000;
/** How long a broker waits for records where there are none: also how long leaving takes. */
const FETCH_WAIT_MS = 500;
const LEAVE_MS_MAX = 5000;
const PARTITION_BYTES_MAX = 1 << 20;
