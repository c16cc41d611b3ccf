import fc from "fast-check";
import { expect, test } from "vitest";
import { RecordingOpenIntake } from "../../test/suites/source_fakes.ts";
import { msgpackOf } from "../kit/index.ts";
import { MsgpackEvents } from "./index.ts";

/** Some events of one message, and whether its bytes are lent; `isReused`: the next message comes in the same memory. */
interface Message {
  readonly texts: readonly (string | null | undefined)[];
  readonly isLent: boolean;
  readonly isReused: boolean;
}

const text = fc.oneof(fc.constantFrom("", "GET", "ä", null, undefined), fc.string({ unit: "grapheme", maxLength: 12 }));
const message: fc.Arbitrary<Message> = fc.record({
  texts: fc.oneof(
    fc.array(text, { maxLength: 4 }),
    // Up to more than a batch.
    fc
      .tuple(fc.array(text, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 400 }))
      .map(([some, times]) => repeated(some, times)),
  ),
  isLent: fc.boolean(),
  isReused: fc.boolean(),
});

test("texts are those of their events, whether their bytes were lent or not, and what becomes of these afterwards", () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 8 }), (messages) => {
      const wanted = messages.flatMap(({ texts }) => texts.map((one) => ({ at: 7, n: 1, ...(one === undefined ? {} : { text: one }) })));
      expect(taken(messages)).toEqual(wanted);
    }),
    { numRuns: 200 },
  );
});

test("an event that breaks off in lent bytes leaves nothing behind", () => {
  const intake = new RecordingOpenIntake("t");
  const reader = new MsgpackEvents(intake.columns);
  const good = msgpackOf({ n: 1, text: "whole" });
  const bytes = Buffer.concat([good, good, msgpackOf({ text: "cut off", n: 1 }).subarray(0, -1)]);
  intake.columns.lend(bytes);
  let at = 0;
  while (at >= 0) at = reader.take(bytes, at, bytes.length, 7);
  intake.columns.lend(undefined);
  bytes.fill(0);
  const last = msgpackOf({ n: 2 });
  reader.take(last, 0, last.length, 7);
  intake.columns.flush();
  expect(intake.events).toEqual([
    { at: 7, n: 1, text: "whole" },
    { at: 7, n: 1, text: "whole" },
    { at: 7, n: 2 },
  ]);
});

function taken(messages: readonly Message[]): unknown[] {
  const intake = new RecordingOpenIntake("t");
  const reader = new MsgpackEvents(intake.columns);
  let memory = Buffer.alloc(0);
  for (const { texts, isLent, isReused } of messages) {
    const bytes = Buffer.concat(texts.map((one) => msgpackOf(one === undefined ? { n: 1 } : { n: 1, text: one })));
    if (!isReused || bytes.length > memory.length) memory = Buffer.alloc(bytes.length);
    bytes.copy(memory);
    if (isLent) intake.columns.lend(memory);
    for (let at = 0; at < bytes.length;) at = reader.take(memory, at, bytes.length, 7);
    if (isLent) intake.columns.lend(undefined);
    memory.fill(0x23);
  }
  intake.columns.flush();
  return intake.events;
}

function repeated<Item>(items: readonly Item[], times: number): Item[] {
  return Array.from({ length: times }, () => items).flat();
}
