import type { ConsumerRunConfig, EachBatchPayload } from "kafkajs";
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { FakeSourceContext, JsonPositions } from "../../../test/suites/source_fakes.ts";
import type { KafkaClient } from "../../kafka/index.ts";
import { formatSetting, openFormat } from "../format_setting.ts";
import { z } from "zod";
import { GroupSession } from "./group_session.ts";
import { PartitionLedger } from "./partition_ledger.ts";
import { PartitionPositions } from "./partition_positions.ts";
import { RecordTaker } from "./record_taker.ts";

/** A client whose cluster is as the test says, and that notes what it was asked. */
class FakeCluster {
  readonly asked: string[] = [];
  /** Topics, and of each partition its first offset and the one behind its last. */
  offsets: Record<string, readonly (readonly [low: number, high: number])[]> = { t: [[0, 100]] };
  committed: readonly number[] = [];
  readonly #listeners = new Map<string, (event: { payload: unknown }) => void>();
  #run: ConsumerRunConfig = {};

  get client(): KafkaClient {
    return { kafka: { admin: () => this.#admin(), consumer: () => this.#consumer() } } as unknown as KafkaClient;
  }

  join(memberAssignment: Record<string, number[]>): void {
    this.#listeners.get("join")?.({ payload: { memberAssignment } });
  }

  crash(error: Error): void {
    this.#listeners.get("crash")?.({ payload: { error } });
  }

  /** Hands on records as the client does. */
  async bring(partition: number, first: number, values: readonly string[], high = 100): Promise<void> {
    const messages = values.map((value, n) => ({ offset: String(first + n), value: Buffer.from(value), timestamp: "5", attributes: 0 }));
    const batch = { topic: "t", partition, messages, highWatermark: String(high), lastOffset: () => String(first + values.length - 1) };
    const resolveOffset = (offset: string): void => void this.asked.push(`resolve ${offset}`);
    const payload = {
      batch,
      resolveOffset,
      heartbeat: async () => void this.asked.push("heartbeat"),
      isRunning: () => true,
      isStale: () => false,
    };
    await this.#run.eachBatch?.(payload as unknown as EachBatchPayload);
  }

  #admin(): object {
    return {
      connect: async () => {},
      disconnect: async () => {},
      listTopics: async () => Object.keys(this.offsets),
      fetchOffsets: async () => [
        { topic: "t", partitions: this.committed.map((offset, partition) => ({ partition, offset: String(offset) })) },
      ],
      fetchTopicOffsets: async (topic: string) =>
        this.offsets[topic]!.map(([low, high], partition) => ({ partition, low: String(low), high: String(high) })),
    };
  }

  #consumer(): object {
    return {
      events: { GROUP_JOIN: "join", CRASH: "crash" },
      on: (name: string, listener: (event: { payload: unknown }) => void) => void this.#listeners.set(name, listener),
      connect: async () => {},
      subscribe: async ({ topics }: { topics: string[] }) => void this.asked.push(`subscribe ${topics.join()}`),
      run: async (config: ConsumerRunConfig) => void (this.#run = config),
      seek: ({ partition, offset }: { partition: number; offset: string }) => void this.asked.push(`seek ${partition} to ${offset}`),
      commitOffsets: async (offsets: { partition: number; offset: string }[]) =>
        void this.asked.push(`commit ${offsets.map(({ partition, offset }) => `${partition}: ${offset}`).join(", ")}`),
      disconnect: async () => void this.asked.push("leave"),
    };
  }
}

/** Positions of which the last checkpoint is written when the test says. */
class KeptPositions extends JsonPositions {
  #kept = new Map<string, unknown>();

  checkpoint(): void {
    this.#kept = new Map(this.keys.map((key) => [key, this.get(key)]));
  }

  override durable(key: string): unknown {
    return this.#kept.get(key);
  }
}

interface Known {
  readonly topics?: readonly string[];
  readonly from?: "end" | "start";
  /** Positions of the checkpoint, by partition. */
  readonly own?: Readonly<Record<number, number>>;
}

function setUp({ topics = ["t"], from = "end", own = {} }: Known = {}) {
  const positions = new KeptPositions();
  for (const [partition, next] of Object.entries(own)) positions.set(`kafka:g:t:${partition}`, { next });
  const context = new FakeSourceContext({ folder: "/", positions });
  const kept = new PartitionPositions(positions, "g");
  const ledger = new PartitionLedger({ context, positions: kept, group: "g", from });
  const format = openFormat(formatSetting(z).parse("json"));
  const taker = new RecordTaker({ context, positions: kept, destination: { target: "t" }, format, recordBytesMax: 1000 });
  const cluster = new FakeCluster();
  const begin = (): GroupSession => {
    const bounds = { fetchBytesMax: 1 << 20, sessionTimeoutMs: 9000, joined: () => {} };
    return new GroupSession({ context, client: cluster.client, topics, group: "g", ledger, taker, ...bounds });
  };
  return { positions, context, ledger, cluster, begin };
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await setImmediate();
}

test("each partition is read from where the checkpoint says, and the group is told once a checkpoint is on the disk", async () => {
  const { cluster, begin, context, positions } = setUp({ own: { 0: 40 } });
  cluster.offsets = {
    t: [
      [0, 100],
      [5, 60],
    ],
  };
  const session = begin();
  const running = session.run();
  await turns();
  cluster.join({ t: [0, 1] });
  expect(cluster.asked).toEqual(["subscribe t", "seek 0 to 40", "seek 1 to 60"]);
  cluster.asked.length = 0;
  await cluster.bring(0, 40, ['{"a":1}', '{"a":2}']);
  expect(cluster.asked).toEqual(["resolve 41", "heartbeat"]);
  context.clock.advanceTo(5000);
  await turns();
  expect(cluster.asked).not.toContainEqual(expect.stringContaining("commit"));
  positions.checkpoint();
  context.clock.advanceTo(10_000);
  await turns();
  expect(cluster.asked.at(-1)).toBe("commit 0: 42, 1: 60");
  context.clock.advanceTo(15_000);
  await turns();
  expect(cluster.asked.filter((asked) => asked.startsWith("commit"))).toHaveLength(1);
  session.stop();
  await running;
  expect(cluster.asked.at(-1)).toBe("leave");
  expect(context.events("t")).toHaveLength(2);
});

test("a partition that another member gets is forgotten, and read on from where the group says when it comes back", async () => {
  const { cluster, begin, ledger, positions } = setUp({ from: "start" });
  cluster.offsets = {
    t: [
      [0, 100],
      [0, 100],
    ],
  };
  const session = begin();
  void session.run();
  await turns();
  cluster.join({ t: [0, 1] });
  await cluster.bring(1, 0, ["{}"]);
  expect(ledger.behind).toBe(199);
  cluster.asked.length = 0;
  cluster.join({ t: [0] });
  expect(positions.keys).toEqual(["kafka:g:t:0"]);
  await cluster.bring(1, 1, ["{}"]);
  expect(positions.keys).toEqual(["kafka:g:t:0"]);
  expect(ledger.behind).toBe(100);
  cluster.join({ t: [0, 1] });
  expect(cluster.asked).toEqual(["seek 0 to 0", "seek 0 to 0"]);
  session.stop();
});

test("records that were deleted before they were read are counted; gaps that compaction left are not", async () => {
  const { cluster, begin, context } = setUp({ own: { 0: 10 } });
  cluster.offsets = { t: [[14, 100]] };
  const session = begin();
  void session.run();
  await turns();
  cluster.join({ t: [0] });
  expect(context.counted("kafka_records_lost")).toBe(4);
  await cluster.bring(0, 20, ["{}"]);
  context.clock.advanceTo(5000);
  await turns();
  expect(context.counted("kafka_records_lost")).toBe(4);
  await cluster.bring(0, 50, ["{}"]);
  cluster.offsets = { t: [[45, 100]] };
  context.clock.advanceTo(10_000);
  await turns();
  expect(context.counted("kafka_records_lost")).toBe(4 + 24);
  expect(context.said.at(-1)).toBe("warn: sources[0] (test): 24 records were deleted before they were read (28 so far).");
  session.stop();
});

test("a partition that ends before what was read of it is begun anew", async () => {
  const { cluster, begin, context } = setUp({ own: { 0: 40 } });
  const session = begin();
  const running = session.run();
  await turns();
  cluster.join({ t: [0] });
  cluster.offsets = { t: [[0, 3]] };
  context.clock.advanceTo(5000);
  await running;
  cluster.asked.length = 0;
  const next = begin();
  void next.run();
  await turns();
  cluster.join({ t: [0] });
  expect(cluster.asked).toEqual(["subscribe t", "seek 0 to 0"]);
  expect(context.said.at(-1)).toContain("t/0 ends before what was read of it");
  next.stop();
});

test("a topic that is not there is waited for while others are read, and is no reason to read when none is", async () => {
  const { cluster, begin, context } = setUp({ topics: ["t", "later"] });
  const session = begin();
  const running = session.run();
  await turns();
  expect([cluster.asked, session.missing]).toEqual([["subscribe t"], ["later"]]);
  cluster.offsets = { t: [[0, 100]], later: [[0, 0]] };
  context.clock.advanceTo(5000);
  await running;
  cluster.offsets = {};
  await expect(begin().run()).rejects.toThrow("none of the topics t, later is there, or they may not be seen");
});

test("what makes the client give up ends the session, having left the group", async () => {
  const { cluster, begin } = setUp();
  const session = begin();
  const running = session.run();
  await turns();
  cluster.crash(new Error("gone"));
  await expect(running).rejects.toThrow("gone");
  expect(cluster.asked.at(-1)).toBe("leave");
});

test("while there is no room nothing is taken, and the group is told that it lives", async () => {
  const { cluster, begin, context } = setUp({ from: "start" });
  const session = begin();
  void session.run();
  await turns();
  cluster.join({ t: [0] });
  let free: () => void = () => {};
  context.room = async () =>
    new Promise((resolve) => {
      free = resolve;
    });
  cluster.asked.length = 0;
  const bringing = cluster.bring(0, 0, ["{}"]);
  await turns();
  context.clock.advanceTo(3000);
  await turns();
  expect(cluster.asked).toEqual(["heartbeat"]);
  free();
  await bringing;
  expect(context.events("t")).toHaveLength(1);
  session.stop();
});
