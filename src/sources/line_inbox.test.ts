import fc from "fast-check";
import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { FakeSourceContext } from "../../test/suites/source_fakes.ts";
import { HotakaError } from "../kit/index.ts";
import { openFormat } from "./format_setting.ts";
import { LineInbox, LineStream } from "./line_inbox.ts";

/** A stream of lines whose events are their texts. */
function rig(lineBytesMax = 20) {
  const context = new FakeSourceContext({ folder: "/", nowMs: 5 });
  const lines = new LineInbox({
    context,
    key: "k",
    format: openFormat({ name: "none", config: {} }),
    destination: { target: "log" },
    lineBytesMax,
  });
  const flow = { paused: 0, pause: () => void flow.paused++, resume: () => {} };
  const stream = new LineStream(lines, flow);
  const texts = (): unknown[] => context.events("log").map(({ message }) => message);
  return { context, lines, flow, stream, texts, inbox: context.inboxes.get("k")! };
}

test("lines are read whatever the pieces they come in, and those that are too long are skipped and counted", async () => {
  const line = fc.string({ minLength: 0, maxLength: 60, unit: fc.constantFrom("a", "b", "é", " ") });
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 12 }), fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }), async (all, sizes) => {
      const { context, stream, texts } = rig();
      const bytes = Buffer.from(all.map((text) => `${text}\n`).join(""));
      for (let [at, piece] = [0, 0]; at < bytes.length; piece++) {
        const end = at + sizes[piece % sizes.length]!;
        stream.receive(bytes.subarray(at, end));
        at = end;
      }
      await stream.end();
      const isShort = (text: string): boolean => Buffer.byteLength(text) <= 20;
      expect(texts()).toEqual(all.filter(isShort));
      expect(context.counted("source_lines_skipped")).toBe(all.filter((text) => !isShort(text)).length);
    }),
  );
});

test("a last line without its newline is a line, and the line without end takes no memory", async () => {
  const { stream, texts, lines, context } = rig();
  stream.receive(Buffer.from("one\ntw"));
  expect(stream.isWithinLine).toBe(true);
  stream.receive(Buffer.from("o"));
  await stream.end();
  expect(texts()).toEqual(["one", "two"]);
  expect(lines.events).toBe(2);
  const endless = rig();
  for (let piece = 0; piece < 50; piece++) endless.stream.receive(Buffer.alloc(100, "x"));
  endless.stream.receive(Buffer.from("x\nnext\n"));
  await endless.stream.end();
  expect(endless.texts()).toEqual(["next"]);
  expect(endless.context.counted("source_lines_skipped")).toBe(1);
  expect(context.said).toEqual([]);
  expect(endless.context.said).toEqual(["warn: sources[0] (test): a line longer than line_bytes_max was skipped."]);
});

test("a format whose events are of several lines is refused in so many words", () => {
  const context = new FakeSourceContext({ folder: "/" });
  const none = openFormat({ name: "none", config: {} });
  const format = { ...none, records: { lastStart: () => 0 } };
  expect(() => new LineInbox({ context, key: "k", format, destination: { target: "log" }, lineBytesMax: 20 })).toThrow(
    "this format makes one event of several lines",
  );
});

describe("while the disk does not take lines", () => {
  test("they wait when the log is full, and go on when it has room", async () => {
    const { stream, texts, inbox, flow } = rig();
    inbox.refusal = new HotakaError("HOTAKA_INBOX_FULL", "full.");
    stream.receive(Buffer.from("one\n"));
    await setImmediate();
    expect(flow.paused).toBe(1);
    inbox.recover();
    await stream.end();
    expect(texts()).toEqual(["one"]);
  });

  test("they are tried again every second when it cannot be written", async () => {
    const { stream, texts, inbox, context } = rig();
    inbox.refusal = new HotakaError("HOTAKA_JOURNAL_WRITE", "no space left.");
    stream.receive(Buffer.from("one\n"));
    for (let turn = 0; turn < 3; turn++) {
      await setImmediate();
      context.clock.advanceTo(context.clock.nowMs() + 1000);
    }
    inbox.refusal = undefined;
    await setImmediate();
    context.clock.advanceTo(context.clock.nowMs() + 1000);
    await stream.end();
    expect(texts()).toEqual(["one"]);
    expect(context.said).toEqual(["warn: sources[0] (test): lines wait for the disk: no space left. (1 so far)"]);
  });

  test("they are given up when the daemon stops", async () => {
    const { stream, texts, inbox, context } = rig();
    inbox.refusal = new HotakaError("HOTAKA_JOURNAL_WRITE", "no space left.");
    stream.receive(Buffer.from("one\n"));
    await setImmediate();
    await context.steps.stop();
    await stream.end();
    expect(texts()).toEqual([]);
  });
});
