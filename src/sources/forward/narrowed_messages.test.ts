import { gzipSync } from "node:zlib";
import { beforeEach, describe, expect, test } from "vitest";
import { FakeSourceContext, type RecordingOpenIntake } from "../../../test/suites/source_fakes.ts";
import type { Use } from "../../event/index.ts";
import { msgpackOf, type MsgpackValue } from "../../kit/index.ts";
import { MessageTaker } from "./message_taker.ts";

const ENTRIES = Array.from({ length: 100 }, (_, index): MsgpackValue => [
  1000 + index,
  { host: `h${index}`, path: "/items", agent: "a".repeat(40) },
]);
const AT = ENTRIES.map((_, index) => ({ at: 1_000_000 + index * 1000, host: `h${index}` }));

let context: FakeSourceContext;
let taker: MessageTaker;
beforeEach(() => {
  context = new FakeSourceContext({ folder: "/" });
  taker = new MessageTaker({ context, positionKey: "p", target: undefined, tagOf: (tag) => tag, decompressedBytesMax: 1 << 20 });
  // A first event tells what there is; from then on somebody asks for hosts alone.
  taker.take(msgpackOf(["web", 1, { host: "first", path: "/", agent: "x" }]), 5);
  taker.flush();
  want("host");
});

function intake(): RecordingOpenIntake {
  return context.intakes.get("web") as RecordingOpenIntake;
}

function want(...names: string[]): void {
  intake().demand.ask(intake(), new Map(names.map((name): [string, Use] => [name, "value"])));
  intake().events.length = 0;
}

function packed(
  entries: readonly MsgpackValue[],
  options: MsgpackValue = {},
  change: (bytes: Buffer) => Buffer = (bytes) => bytes,
): Buffer {
  const bytes = change(Buffer.concat(entries.map((entry) => msgpackOf(entry))));
  const head = Buffer.from([0xdb, 0, 0, 0, 0]);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([Buffer.from([0x93]), msgpackOf("web"), head, bytes, msgpackOf(options)]);
}

describe("what is kept of messages", () => {
  test.each([
    ["PackedForward", packed(ENTRIES, { chunk: "c" })],
    ["Forward", msgpackOf(["web", ENTRIES, { chunk: "c" }])],
    ["several of them", Buffer.concat([packed(ENTRIES.slice(0, 50)), msgpackOf(["web", ENTRIES.slice(50)])])],
  ])("%s is a part of what came, and gives the same events at the same times", (_, messages) => {
    const record = taker.narrowed(messages)!;
    expect(record.length).toBeLessThan(messages.length / 3);
    taker.takeNarrowed(Buffer.from(record), 5);
    taker.flush();
    expect(intake().events).toEqual(AT);
    expect(taker.entries).toBe(101);
    expect(context.said).toEqual([]);
  });

  test("a chunk that was taken is not taken again, in whichever form it was kept", () => {
    const messages = packed(ENTRIES, { chunk: "again" });
    const record = Buffer.from(taker.narrowed(messages)!);
    taker.takeNarrowed(record, 5);
    taker.takeNarrowed(record, 5);
    taker.take(messages, 5);
    taker.flush();
    expect(intake().events).toEqual(AT);
  });

  test("an entry without a time has that of its arrival", () => {
    taker.takeNarrowed(Buffer.from(taker.narrowed(packed(ENTRIES.map((entry) => [0, (entry as MsgpackValue[])[1]!])))!), 5);
    taker.flush();
    expect(intake().events).toEqual(AT.map(({ host }) => ({ at: 5, host })));
  });

  test("a field that is asked for only since then is told to be lacking, not to be null", () => {
    const record = Buffer.from(taker.narrowed(packed(ENTRIES))!);
    want("host", "path");
    const lacking: unknown[] = [];
    const accept = intake().accept.bind(intake());
    intake().accept = (batch) => {
      lacking.push(batch.lacking);
      accept(batch);
    };
    taker.takeNarrowed(record, 5);
    taker.take(packed(ENTRIES), 5);
    taker.flush();
    expect(lacking).toEqual([[intake().schema.field("path")!.slot], undefined]);
  });
});

describe("messages are kept as they came", () => {
  test.each([
    ["when they are compressed", packed(ENTRIES, { compressed: "gzip" }, gzipSync)],
    ["when one of them is a single event", Buffer.concat([packed(ENTRIES), msgpackOf(["web", 1, { host: "h" }])])],
    ["when one of them is no message", Buffer.concat([packed(ENTRIES), msgpackOf({ no: "message" })])],
    ["when one of them has metrics", packed(ENTRIES, { fluent_signal: 1 })],
    ["when an entry is none", packed([...ENTRIES, 5])],
    ["when an entry has a record that is no map", packed([...ENTRIES, [1, 5]])],
    ["when they are cut off", packed(ENTRIES, {}, (bytes) => bytes.subarray(0, bytes.length - 1))],
    ["when their tag is not known yet", msgpackOf(["other", ENTRIES])],
    ["when they are few", packed(ENTRIES.slice(0, 3))],
  ])("%s", (_, messages) => {
    expect(taker.narrowed(messages)).toBe(undefined);
    expect(taker.narrowed(packed(ENTRIES))).not.toBe(undefined);
  });

  test("when most of them is asked for; and it is tried again now and then", () => {
    want("host", "path", "agent");
    expect(taker.narrowed(packed(ENTRIES))).toBe(undefined);
    want("host");
    const tries = Array.from({ length: 64 }, () => taker.narrowed(packed(ENTRIES)) !== undefined);
    expect(tries.indexOf(true)).toBe(63);
    expect(taker.narrowed(packed(ENTRIES))).not.toBe(undefined);
  });

  test("when a query waits for a field, which any of them may bring", () => {
    intake().awaited.add("later");
    expect(taker.narrowed(packed(ENTRIES))).toBe(undefined);
  });
});
