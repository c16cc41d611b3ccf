import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Batch, batchOf, Dictionary, rowAt, Schema, type Value } from "../event/index.ts";
import { textsInBytes } from "../../test/suites/texts_in_bytes.ts";
import { ReorderBuffer } from "./reorder_buffer.ts";

const FIELDS = { host: "string", path: "string", size: "integer", ratio: "float", ok: "boolean", tags: "array" } as const;

const record = fc.record({
  host: fc.option(fc.constantFrom("a", "b", "c")),
  path: fc.option(fc.string({ maxLength: 5 })),
  size: fc.option(fc.oneof(fc.maxSafeInteger(), fc.constant(2n ** 60n), fc.constant(-(2n ** 63n)))),
  ratio: fc.option(fc.double()),
  ok: fc.option(fc.boolean()),
  tags: fc.option(fc.array(fc.string({ maxLength: 3 }), { maxLength: 3 })),
});

const row = fc.record({ record, time: fc.integer({ min: 0, max: 50 }) });

/** A batch, what it is released up to when it is in, and which columns nobody asked for while it was read. */
const step = fc.record({
  rows: fc.array(row, { maxLength: 8 }),
  untilMs: fc.integer({ min: -1, max: 60 }),
  codes: fc.boolean(),
  bytes: fc.boolean(),
  narrow: fc.boolean(),
});

test("rows come out whole, in order of their instants and then of arrival, also over a save and a restore", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 12 }), fc.nat({ max: 12 }), (steps, savedAt) => {
      const schema = new Schema("t", FIELDS);
      const dictionary = new Dictionary();
      let buffer = new ReorderBuffer();
      let waiting: { time: number; values: Value[] }[] = [];
      const out: { time: number; values: Value[] }[] = [];
      const deliver = (batch: Batch) => {
        for (let at = 0; at < batch.size; at++) out.push({ time: batch.times[at]!, values: rowAt(batch, at) });
      };
      const expected: typeof out = [];
      for (const [index, { rows, untilMs, codes, bytes, narrow }] of steps.entries()) {
        if (index === savedAt) {
          const saved = structuredClone(buffer.save());
          buffer = new ReorderBuffer();
          buffer.restore(saved, schema, -1);
        }
        const given = shaped(
          batchOf(
            schema,
            rows.map((one) => one.record),
            rows.map((one) => one.time),
          ),
          { codes, narrow, dictionary },
        );
        for (let at = 0; at < given.size; at++) waiting.push({ time: given.times[at]!, values: rowAt(given, at) });
        const { batch, end } = bytes ? textsInBytes(given) : { batch: given, end: () => {} };
        buffer.hold(batch, 1, Int32Array.from(rows.keys()), batch.times, batch.size);
        end();
        dictionary.sweep();
        buffer.release(untilMs, Number.POSITIVE_INFINITY, deliver);
        expected.push(...waiting.filter(({ time }) => time <= untilMs).toSorted((left, right) => left.time - right.time));
        waiting = waiting.filter(({ time }) => time > untilMs);
        expect(buffer.size).toBe(waiting.length);
      }
      expect(out).toEqual(expected);
    }),
  );
});

test("beyond the bound the oldest go, and no more than that", () => {
  const schema = new Schema("t", { n: "integer" });
  const buffer = new ReorderBuffer();
  const records = Array.from({ length: 10_000 }, (_, n) => ({ n }));
  const times = records.map(({ n }) => (n * 7919) % 10_000);
  const batch = batchOf(schema, records, times);
  buffer.hold(batch, 1, Int32Array.from(times.keys()), batch.times, batch.size);
  const released: number[] = [];
  const { early, lastMs } = buffer.release(99, 4000, (part) => void released.push(...part.times.subarray(0, part.size)));
  expect([early, lastMs, buffer.size]).toEqual([5900, 5999, 4000]);
  expect(released).toEqual(Array.from({ length: 6000 }, (_, n) => n));
});

function shaped(batch: Batch, shape: { readonly codes: boolean; readonly narrow: boolean; readonly dictionary: Dictionary }): Batch {
  const columns = [...batch.columns];
  const host = columns[0];
  if (shape.codes && host?.kind === "text") {
    const codes = Int32Array.from({ length: batch.size }, (_, at) => {
      const text = host.text(at);
      return text === null ? -1 : shape.dictionary.codeOf(text);
    });
    columns[0] = { kind: "dictionary", codes, dictionary: shape.dictionary };
  }
  if (shape.narrow) columns[1] = undefined;
  return { ...batch, columns };
}
