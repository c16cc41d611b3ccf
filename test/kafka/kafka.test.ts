import * as zlib from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { kafka as kafkaAction } from "../../src/actions/kafka/kafka.ts";
import type { Action, ActionRow, Positions, Source } from "../../src/component/index.ts";
import { Counters, silentLog, Steps, wallClock } from "../../src/kit/index.ts";
import { kafka as kafkaSource } from "../../src/sources/kafka/kafka.ts";
import { consumed } from "../suites/kafka/consumed.ts";
import { KAFKA_USER, KafkaBroker } from "../suites/kafka/kafka_broker.ts";
import { until } from "../suites/peer.ts";
import { FakeSourceContext, JsonPositions } from "../suites/source_fakes.ts";
import { sourceSuite } from "../suites/source_suite.ts";

const brokerOrWhy = await KafkaBroker.open();
const absence = typeof brokerOrWhy === "string" ? `, skipped: ${brokerOrWhy}` : "";
const broker = brokerOrWhy as KafkaBroker;
afterAll(async () => (absence === "" ? broker.close() : undefined));

const opened: (Action | Source)[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one.close();
});

let groups = 0;

/** Opens a source whose events go to the target `events`, and that knows nothing. */
async function openSource(
  settings: Record<string, unknown>,
  context = sourceContext(),
): Promise<{ source: Source; context: FakeSourceContext }> {
  const own = {
    brokers: [broker.address],
    group: `group ${++groups}`,
    target: "events",
    from: "start",
    session_timeout: "1s",
    connect_timeout: "2s",
  };
  const source = await kafkaSource.open(kafkaSource.config(z).parse({ ...own, ...settings }), context);
  opened.push(source);
  return { source, context };
}

function sourceContext(positions: Positions = new JsonPositions()): FakeSourceContext {
  return new FakeSourceContext({ positions, folder: "/", name: "sources[0] (kafka)", nowMs: wallClock.nowMs() });
}

/** Waits, and has the clock of the source go on meanwhile. */
async function seen(context: FakeSourceContext, isSeen: () => boolean): Promise<void> {
  await until(() => {
    context.clock.advanceTo(wallClock.nowMs());
    return isSeen();
  });
}

const numbers = (context: FakeSourceContext): unknown[] => context.events("events").map(({ n }) => n);
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, n) => from + n);
const values = (from: number, to: number): string[] => range(from, to).map((n) => JSON.stringify({ n }));

async function openAction(settings: Record<string, unknown>): Promise<Action> {
  const own = { name: "actions[0] (kafka)", route: "r", family: "f", folder: "/", dryRun: false };
  const context = { ...own, clock: wallClock, steps: new Steps(wallClock), log: silentLog, counters: new Counters() };
  const config = kafkaAction.config(z).parse({ brokers: [broker.address], connect_timeout: "2s", ...settings });
  const action = await kafkaAction.open(config, context);
  opened.push(action);
  return action;
}

function rows(count: number, first = 0): ActionRow[] {
  return Array.from({ length: count }, (_, n) => {
    const key = `q ${first + n}`;
    return { key, query: "block.flood", timeMs: 1_763_632_800_000 + n, row: { host: `192.0.2.${n % 4}`, n: first + n } };
  });
}

describe.skipIf(absence !== "")(`with a broker of Apache Kafka 4.1${absence}`, () => {
  test("rows arrive with their columns, their time and the key of the row, those of one key in one partition", async () => {
    await broker.createTopic("block.flood", 3);
    const action = await openAction({ topic: "${query}", key: "host", compress: "gzip" });
    await action.performAll!(rows(40));
    const found = await consumed(broker.address, "block.flood", 40);
    expect(new Set(found.map(({ headers }) => headers["hotaka-key"]))).toEqual(new Set(rows(40).map(({ key }) => key)));
    expect(found.find(({ headers }) => headers["hotaka-key"] === "q 7")).toMatchObject({
      key: "192.0.2.3",
      value: '{"host":"192.0.2.3","n":7}',
      headers: { "hotaka-query": "block.flood" },
      timestamp: 1_763_632_800_007,
    });
    for (const host of ["192.0.2.0", "192.0.2.1", "192.0.2.2", "192.0.2.3"]) {
      const own = found.filter(({ key }) => key === host);
      expect(new Set(own.map(({ partition }) => partition)).size).toBe(1);
      expect(own.map(({ timestamp }) => timestamp)).toEqual(own.map(({ timestamp }) => timestamp).toSorted((a, b) => a - b));
    }
  });

  test("a topic that is not there is told, and the row is taken once it is", async () => {
    const action = await openAction({ topic: "later" });
    await expect(action.perform(rows(1)[0]!)).rejects.toThrow(
      "actions[0] (kafka): topic later did not take a row: This server does not host this topic-partition.",
    );
    await broker.createTopic("later");
    await action.perform(rows(1)[0]!);
    expect(await consumed(broker.address, "later", 1)).toHaveLength(1);
  });

  test.each(["plain", "scram-sha-512"])("by TLS and a password (%s), and not with a wrong one or without trust", async (mechanism) => {
    if (broker.certificate === undefined) return;
    const topic = `secured_${mechanism}`;
    await broker.createTopic(topic);
    const brokers = [broker.securedAddress];
    const tls = { ca: broker.certificate };
    const action = await openAction({ brokers, topic, tls, sasl: { mechanism, ...KAFKA_USER } });
    await action.perform(rows(1)[0]!);
    expect(await consumed(broker.address, topic, 1)).toHaveLength(1);
    const wrong = await openAction({ brokers, topic, tls, sasl: { mechanism, ...KAFKA_USER, password: "wrong" } });
    await expect(wrong.perform(rows(1)[0]!)).rejects.toThrow(/did not take a row: .*(?:Invalid username or password|invalid credentials)/i);
    const distrustful = await openAction({ brokers, topic, tls: {}, sasl: { mechanism, ...KAFKA_USER } });
    await expect(distrustful.perform(rows(1)[0]!)).rejects.toThrow("did not take a row: self-signed certificate");
  });

  test("a row that is too large for the broker is refused for good, and so is a topic that no broker can have", async () => {
    await broker.createTopic("large");
    const large = { ...rows(1)[0]!, row: { text: "x".repeat(1_100_000) } };
    const action = await openAction({ topic: "large" });
    await expect(action.perform(large)).rejects.toMatchObject({ code: "HOTAKA_ACTION_REFUSED" });
    await action.perform(rows(1)[0]!);
    const misnamed = await openAction({ topic: "no such/${n}" });
    await expect(misnamed.perform(rows(1)[0]!)).rejects.toMatchObject({ code: "HOTAKA_ACTION_REFUSED" });
  });

  test("rows that a broker did not take because it was killed are taken when it is there again, and none is lost", async () => {
    await broker.createTopic("killed");
    const action = await openAction({ topic: "killed", request_timeout: "2s" });
    await action.performAll!(rows(10));
    await broker.kill();
    await expect(action.performAll!(rows(10, 10))).rejects.toThrow(/did not take 10 rows: .*(?:ECONNREFUSED|closed)/i);
    await broker.start();
    for (let tries = 0; ; tries++) {
      try {
        await action.performAll!(rows(10, 10));
        break;
      } catch (thrown) {
        if (tries > 20) throw thrown;
      }
    }
    const found = await consumed(broker.address, "killed", 20);
    expect(new Set(found.map(({ headers }) => headers["hotaka-key"])).size).toBe(20);
  });

  describe("a source", () => {
    const topics = ["events_0", "events_1", "events_2", "events_3"];
    beforeAll(async () => {
      for (const topic of topics) await broker.createTopic(topic);
    });
    let made = 0;
    sourceSuite(kafkaSource, () => {
      const topic = topics[made++]!;
      return {
        settings: { brokers: [broker.address], group: topic, topics: [topic], target: "events", from: "start" },
        events: 2,
        async send(source) {
          await broker.produce(topic, ['{"a":1}', '{"a":2}']);
          await until(() => /^stopped|, 2 records/.test(source.status().sentence));
        },
      };
    });

    test("reads what Kafka's own client writes, in every codec, and of transactions what was committed", async () => {
      await broker.createTopic("java");
      broker.produceByJava("java");
      const { context } = await openSource({ topics: ["java"] });
      const hasZstd = "zstdDecompressSync" in zlib;
      const codecs = ["none", "gzip", "snappy", "lz4", ...(hasZstd ? ["zstd"] : []), "committed"];
      await seen(context, () => context.events("events").some((event) => event["codec"] === "committed" && event["n"] === 9));
      const read = context.events("events");
      expect([...new Set(read.map((event) => event["codec"]))]).toEqual(codecs);
      for (const codec of codecs) {
        const own = read.filter((event) => event["codec"] === codec);
        const count = codec === "committed" ? 10 : 60;
        expect(own.map(({ n }) => n)).toEqual(range(0, count));
        expect(own.every(({ at, n, pad }) => at === 1_763_632_800_000 + Number(n) && pad === "x".repeat(Number(n) * 7))).toBe(true);
      }
      expect(context.counted("kafka_records_refused")).toBe(hasZstd ? 0 : 60);
    });

    test("counts and tells of records that are no events, and takes those around them", async () => {
      await broker.createTopic("hostile");
      await broker.produce("hostile", [
        '{"n":0}',
        null,
        "{",
        "x".repeat(900_000),
        Buffer.from([0xff, 0xfe]),
        "[]",
        '{"__proto__":1,"n":1}',
      ]);
      const { context } = await openSource({ topics: ["hostile"], record_bytes_max: "100KB" });
      await seen(context, () => context.counted("kafka_records") === 7);
      expect(numbers(context)).toEqual([0, 1]);
      expect(context.counted("kafka_records_refused")).toBe(5);
    });

    test("reads on where it was when the broker was killed, each record once", async () => {
      await broker.createTopic("broken_off", 2);
      const { source, context } = await openSource({ topics: ["broken_off"], request_timeout: "2s" });
      await broker.produce("broken_off", values(0, 50));
      await broker.produce("broken_off", values(50, 100), 1);
      await seen(context, () => numbers(context).length === 100);
      await broker.kill();
      await seen(context, () => !source.status().ok);
      await broker.start();
      await broker.produce("broken_off", values(100, 150));
      await broker.produce("broken_off", values(150, 200), 1);
      await seen(context, () => numbers(context).length >= 200);
      await seen(context, () => source.status().ok);
      expect(numbers(context).toSorted((a, b) => Number(a) - Number(b))).toEqual(range(0, 200));
    });

    test("tells of a topic that is not there, and reads it once it is", async () => {
      const { source, context } = await openSource({ topics: ["awaited"] });
      await seen(context, () => !source.status().ok);
      expect(source.status().sentence).toBe("not reading awaited: there is no topic awaited, or it may not be seen");
      await broker.createTopic("awaited");
      await broker.produce("awaited", values(0, 3));
      await seen(context, () => numbers(context).length === 3);
      expect(source.status()).toMatchObject({ ok: true, recordsBehind: 0 });
    });

    test("goes on behind records that were deleted before they were read, and from the beginning of a topic that was made anew", async () => {
      await broker.createTopic("short_lived");
      await broker.produce("short_lived", values(0, 20));
      const group = `group ${++groups}`;
      const first = await openSource({ topics: ["short_lived"], group });
      await seen(first.context, () => numbers(first.context).length === 20);
      await first.source.close();
      await broker.produce("short_lived", values(20, 30));
      await broker.deleteRecords("short_lived", 0, 25);
      const { positions } = first.context;
      const second = await openSource({ topics: ["short_lived"], group }, sourceContext(positions));
      await seen(second.context, () => numbers(second.context).length === 5);
      expect(numbers(second.context)).toEqual(range(25, 30));
      expect(second.context.counted("kafka_records_lost")).toBe(5);
      await second.source.close();
      await broker.deleteTopic("short_lived");
      await broker.createTopic("short_lived");
      await broker.produce("short_lived", values(0, 3));
      const third = await openSource({ topics: ["short_lived"], group }, sourceContext(positions));
      await seen(third.context, () => numbers(third.context).length === 3);
      expect(third.context.said).toContainEqual(expect.stringContaining("short_lived/0 ends before what was read of it"));
    });

    test("shares the partitions of its topics with others of its group, and tells the group how far it is", async () => {
      await broker.createTopic("shared", 2);
      const group = `group ${++groups}`;
      const [one, other] = [await openSource({ topics: ["shared"], group }), await openSource({ topics: ["shared"], group })];
      let sent = 0;
      // Both partitions go to whoever joins first, and one of them on to the other.
      await seen(one.context, () => {
        other.context.clock.advanceTo(wallClock.nowMs());
        return [one, other].every(({ source }) => source.status().sentence.startsWith("reading"));
      });
      const isShared = (): boolean => [one, other].every(({ context }) => numbers(context).length > 0);
      while (!isShared()) {
        await broker.produce("shared", values(sent, sent + 1));
        await broker.produce("shared", values(sent + 1, sent + 2), 1);
        sent += 2;
      }
      const goOn = (): void => {
        for (const { context } of [one, other]) context.clock.advanceTo(context.clock.nowMs() + 100);
      };
      await until(() => {
        goOn();
        return numbers(one.context).length + numbers(other.context).length >= sent;
      });
      expect(new Set([...numbers(one.context), ...numbers(other.context)]).size).toBe(sent);
      let committed: number[] = [];
      while (committed.length < 2 || committed.some((offset) => offset < sent / 2)) {
        goOn();
        committed = await broker.committed(group, "shared");
      }
      expect(committed).toEqual([sent / 2, sent / 2]);
    });
  });
});
