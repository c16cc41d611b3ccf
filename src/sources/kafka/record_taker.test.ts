import { describe, expect, test } from "vitest";
import { z } from "zod";
import { FakeSourceContext } from "../../../test/suites/source_fakes.ts";
import { msgpackOf } from "../../kit/index.ts";
import { formatSetting, openFormat } from "../format_setting.ts";
import { PartitionPositions } from "./partition_positions.ts";
import { type KafkaRecord, RecordTaker } from "./record_taker.ts";

const PARTITION = { topic: "access.log", partition: 2 };

function setUp(format: unknown = "json", destination: { target?: string; tag?: string } = { target: "t" }) {
  const context = new FakeSourceContext({ folder: "/", nowMs: 7 });
  const positions = new PartitionPositions(context.positions, "g");
  const opened = format === "msgpack" ? undefined : openFormat(formatSetting(z).parse(format));
  return { context, positions, taker: new RecordTaker({ context, positions, destination, format: opened, recordBytesMax: 1000 }) };
}

function recordsOf(values: readonly (string | Buffer | null)[], first = 0): KafkaRecord[] {
  return values.map((value, n) => ({
    offset: String(first + n),
    value: value === null ? null : Buffer.from(value),
    timestamp: String(1000 + n),
    attributes: 0,
  }));
}

function batchOf(messages: readonly KafkaRecord[], lastOffset = messages.at(-1)?.offset ?? "0") {
  return { ...PARTITION, messages, lastOffset: () => lastOffset };
}

test("each value is an event of the time of its record, and the position moves with it", () => {
  const { context, positions, taker } = setUp();
  expect(taker.take(batchOf(recordsOf(['{"a":1}', '{\n  "a": 2\n}\n'], 10)), 0)).toBe(2);
  expect(context.events("t")).toEqual([
    { at: 1000, a: 1 },
    { at: 1001, a: 2 },
  ]);
  expect(positions.next(PARTITION)).toBe(12);
  expect(taker.records).toBe(2);
});

test("what was read before is passed over when it comes again", () => {
  const { context, positions, taker } = setUp();
  taker.take(batchOf(recordsOf(['{"a":0}', '{"a":1}'])), 0);
  taker.take(batchOf(recordsOf(['{"a":1}', '{"a":2}'], 1)), 0);
  expect(context.events("t").map(({ a }) => a)).toEqual([0, 1, 2]);
  taker.take(batchOf(recordsOf(['{"a":0}'])), 0);
  expect(context.events("t")).toHaveLength(3);
  expect(positions.next(PARTITION)).toBe(3);
});

test("behind the last record comes what is none: the position is behind that too", () => {
  const { positions, taker } = setUp();
  taker.take(batchOf(recordsOf(['{"a":0}']), "5"), 0);
  expect(positions.next(PARTITION)).toBe(6);
});

test("many records are several turns", () => {
  const { positions, taker } = setUp();
  const batch = batchOf(recordsOf(Array.from({ length: 12_000 }, (_, n) => `{"n":${n}}`)));
  const ends: number[] = [];
  for (let from = 0; from < batch.messages.length; from = ends.at(-1)!) {
    ends.push(taker.take(batch, from));
    expect(positions.next(PARTITION)).toBe(ends.at(-1));
  }
  expect(ends).toEqual([5000, 10_000, 12_000]);
});

test("what is no event is counted and told with its place, and the rest is taken", () => {
  const { context, positions, taker } = setUp();
  const refused = { offset: "5", value: null, timestamp: "1000", attributes: 0x48 };
  taker.take(batchOf([...recordsOf([null, "x".repeat(1001), "{", "[1]", '{"a":1}']), refused]), 0);
  expect(context.events("t")).toEqual([{ at: 1004, a: 1 }]);
  expect(context.counted("kafka_records_refused")).toBe(5);
  expect(context.said.slice(0, 2)).toEqual([
    "warn: sources[0] (test): the record at offset 0 of access.log/2 has no value. (1 so far)",
    "warn: sources[0] (test): the record at offset 1 of access.log/2 is larger than record_bytes_max: 1001 bytes. (1 so far)",
  ]);
  expect(context.said.at(-1)).toContain("offset 5 of access.log/2 stands in a batch that cannot be unpacked");
  expect(positions.next(PARTITION)).toBe(6);
});

test("a record without a time is of now", () => {
  const { context, taker } = setUp();
  taker.take(batchOf([{ ...recordsOf(['{"a":1}'])[0]!, timestamp: "-1" }]), 0);
  expect(context.events("t")).toEqual([{ at: 7, a: 1 }]);
});

describe("values may be", () => {
  const line = '192.0.2.1 - - [20/Nov/2025:10:00:00 +0000] "GET / HTTP/1.1" 200 5 "-" "-"';
  test("lines of a format of known fields, several to a value, with the time they carry", () => {
    const { context, taker } = setUp("combined");
    taker.take(batchOf(recordsOf([line, `${line}\r\nnone\n${line}\n`, ""])), 0);
    expect(context.events("t").map(({ at, host }) => [at, host])).toEqual(
      Array.from({ length: 3 }, () => [1_763_632_800_000, "192.0.2.1"]),
    );
    expect(context.counted("kafka_records_refused")).toBe(2);
  });

  test("lines without a time, which have that of their record, however many come", () => {
    const { context, taker } = setUp("none");
    const values = Array.from({ length: 2000 }, (_, n) => `${n} ${"x".repeat(990)}`);
    taker.take(batchOf(recordsOf(values)), 0);
    taker.take(batchOf(recordsOf(values)), 1000);
    const events = context.events("t");
    expect(events.map(({ message }) => message)).toEqual(values.slice(0, events.length));
    expect(events.every(({ at }, n) => at === 1000 + n)).toBe(true);
  });

  test("MessagePack", () => {
    const { context, taker } = setUp("msgpack");
    taker.take(batchOf(recordsOf([msgpackOf({ a: 1, b: [2] }), Buffer.from([0xc1]), Buffer.from([0x82, 0xa1])])), 0);
    expect(context.events("t")).toEqual([{ at: 1000, a: 1, b: [2] }]);
    expect(context.counted("kafka_records_refused")).toBe(2);
  });
});

test("the topic stands in a tag", () => {
  const { context, taker } = setUp("json", { tag: "kafka.*" });
  taker.take(batchOf(recordsOf(['{"a":1}'])), 0);
  expect(context.events("kafka_access_log")).toHaveLength(1);
});

test("a position that another version wrote is none", () => {
  const { context, positions } = setUp();
  for (const value of [5, null, { next: "5" }, { next: -1 }, { next: 0.5 }]) {
    context.positions.set("kafka:g:access.log:2", value);
    expect(positions.next(PARTITION)).toBeUndefined();
  }
  positions.set(PARTITION, 3);
  expect([positions.next(PARTITION), positions.durable(PARTITION)]).toEqual([3, 3]);
  positions.delete(PARTITION);
  expect(positions.next(PARTITION)).toBeUndefined();
});
