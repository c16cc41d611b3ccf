import * as library from "kafkajs";
import { expect, test } from "vitest";
import { z } from "zod";
import { describeAction } from "../../../test/suites/action_suite.ts";
import type { ActionContext, ActionRow } from "../../component/index.ts";
import type { KafkaClient } from "../../kafka/index.ts";
import { Counters, silentLog, Steps, VirtualClock } from "../../kit/index.ts";
import { kafka } from "./kafka.ts";
import { KafkaAction } from "./kafka_action.ts";

/** A client whose producers do as the test says. */
class FakeClient {
  /** Each thing that a producer was asked. */
  readonly asked: string[] = [];
  readonly configs: object[] = [];
  readonly batches: library.ProducerBatch[] = [];
  failure: Error | undefined;

  get client(): KafkaClient {
    return { library, kafka: { producer: (config: object) => this.#producer(config) } as unknown as KafkaClient["kafka"] };
  }

  /** As a consumer has them that knows what it had by the header. */
  get messages(): unknown[] {
    const sent = this.batches.flatMap(({ topicMessages = [] }) =>
      topicMessages.flatMap(({ topic, messages }) => messages.map((one) => ({ topic, ...one, value: String(one.value) }))),
    );
    return [...new Map(sent.map((message) => [String(message.headers?.["hotaka-key"]), message])).values()];
  }

  #producer(config: object): object {
    this.configs.push(config);
    const name = `producer ${this.configs.length}`;
    return {
      connect: async () => void this.asked.push(`${name}: connect`),
      disconnect: async () => void this.asked.push(`${name}: disconnect`),
      sendBatch: async (batch: library.ProducerBatch) => {
        this.asked.push(`${name}: send`);
        if (this.failure !== undefined) throw this.failure;
        this.batches.push(batch);
      },
    };
  }
}

const settings = { brokers: ["127.0.0.1:9092"], topic: "${query}", key: "host" };
const row: ActionRow = { key: "q 1", query: "block.flood", timeMs: 1_763_632_800_000, row: { host: "203.0.113.7", hits: 5 } };

describeAction("kafka", async () => {
  const fake = new FakeClient();
  return {
    definition: {
      ...kafka,
      open: async ({ topic, key }, context: ActionContext) => new KafkaAction(fake.client, { topic, key, ...BOUNDS }, context),
    },
    settings,
    row,
    complete: (context) => context,
    effects: () => fake.messages,
  };
});

function open(fake: FakeClient): KafkaAction {
  const clock = new VirtualClock(0);
  const own = { name: "actions[0] (kafka)", route: "r", family: "f", folder: "/", dryRun: false };
  const context = { ...own, clock, steps: new Steps(clock), log: silentLog, counters: new Counters() };
  return new KafkaAction(fake.client, { topic: kafka.config(z).parse(settings).topic, key: "host", ...BOUNDS }, context);
}

test("rows that wait are sent together, each to its topic, when all replicas in sync have them", async () => {
  const fake = new FakeClient();
  const said = await open(fake).performAll([row, { ...row, key: "q 2", query: "detect.scan" }, { ...row, key: "q 3" }]);
  expect(said).toEqual([
    "sent a row of block.flood to topic block.flood",
    "sent a row of detect.scan to topic detect.scan",
    "sent a row of block.flood to topic block.flood",
  ]);
  expect(fake.configs).toMatchObject([{ idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false }]);
  expect(fake.asked).toEqual(["producer 1: connect", "producer 1: send"]);
  expect(fake.batches[0]).toMatchObject({ acks: -1, topicMessages: [{ topic: "block.flood" }, { topic: "detect.scan" }] });
});

test("after a failure another producer sends: the numbers of what failed are not those of other rows", async () => {
  const fake = new FakeClient();
  const action = open(fake);
  fake.failure = new Error("This server does not host this topic-partition");
  await expect(action.perform(row)).rejects.toMatchObject({
    code: "HOTAKA_ACTION_FAILED",
    message: "actions[0] (kafka): topic block.flood did not take a row: This server does not host this topic-partition.",
  });
  fake.failure = undefined;
  await action.perform({ ...row, key: "q 2" });
  expect(fake.asked).toEqual([
    "producer 1: connect",
    "producer 1: send",
    "producer 1: disconnect",
    "producer 2: connect",
    "producer 2: send",
  ]);
});

test.each([
  ["MESSAGE_TOO_LARGE", "HOTAKA_ACTION_REFUSED"],
  ["INVALID_TOPIC_EXCEPTION", "HOTAKA_ACTION_REFUSED"],
  ["NOT_ENOUGH_REPLICAS", "HOTAKA_ACTION_FAILED"],
])("rows that a broker answers with %s are answered for with %s", async (type, code) => {
  const fake = new FakeClient();
  fake.failure = new Error("Tried five times", { cause: Object.assign(new Error("No."), { type }) });
  await expect(open(fake).performAll([row])).rejects.toMatchObject({ code });
});

const BOUNDS = { isCompressed: false, batches: { rowsMax: 1000, bytesMax: 900_000, lingerMs: 0 }, timeoutMs: 30_000 };
