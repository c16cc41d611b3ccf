import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { kafka as kafkaAction } from "../../src/actions/kafka/kafka.ts";
import type { Action, ActionRow } from "../../src/component/index.ts";
import { Counters, silentLog, Steps, wallClock } from "../../src/kit/index.ts";
import { consumed } from "../suites/kafka/consumed.ts";
import { KAFKA_USER, KafkaBroker } from "../suites/kafka/kafka_broker.ts";

let broker: KafkaBroker;
let absence: string | undefined;
beforeAll(async () => {
  const opened = await KafkaBroker.open();
  if (typeof opened === "string") absence = opened;
  else broker = opened;
});
afterAll(async () => broker?.close());

const opened: Action[] = [];
afterEach(async () => {
  for (const action of opened.splice(0)) await action.close();
});

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

describe("with a broker of Apache Kafka 4.1", () => {
  test("rows arrive with their columns, their time and the key of the row, those of one key in one partition", async (context) => {
    if (absence !== undefined) return context.skip(absence);
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

  test("a topic that is not there is told, and the row is taken once it is", async (context) => {
    if (absence !== undefined) return context.skip(absence);
    const action = await openAction({ topic: "later" });
    await expect(action.perform(rows(1)[0]!)).rejects.toThrow(
      "actions[0] (kafka): topic later did not take a row: This server does not host this topic-partition.",
    );
    await broker.createTopic("later");
    await action.perform(rows(1)[0]!);
    expect(await consumed(broker.address, "later", 1)).toHaveLength(1);
  });

  test.each(["plain", "scram-sha-512"])("by TLS and a password (%s), and not with a wrong one or without trust", async (mechanism) => {
    if (absence !== undefined || broker.certificate === undefined) return;
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

  test("a row that is too large for the broker is refused for good, and so is a topic that no broker can have", async (context) => {
    if (absence !== undefined) return context.skip(absence);
    await broker.createTopic("large");
    const large = { ...rows(1)[0]!, row: { text: "x".repeat(1_100_000) } };
    const action = await openAction({ topic: "large" });
    await expect(action.perform(large)).rejects.toMatchObject({ code: "HOTAKA_ACTION_REFUSED" });
    await action.perform(rows(1)[0]!);
    const misnamed = await openAction({ topic: "no such/${n}" });
    await expect(misnamed.perform(rows(1)[0]!)).rejects.toMatchObject({ code: "HOTAKA_ACTION_REFUSED" });
  });

  test("rows that a broker did not take because it was killed are taken when it is there again, and none is lost", async (context) => {
    if (absence !== undefined) return context.skip(absence);
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
});
