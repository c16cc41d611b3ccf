import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Schema, type TextColumn, valueAt } from "../event/index.ts";
import { filledStrings, PartTexts } from "./string_columns.ts";

const schema = new Schema("lines", { message: "string" });
const columnOf = (use: "key" | "value", rows: number) => filledStrings(schema, schema.field("message")!, use, rows);

test.each(["key", "value"] as const)("a column of a %s reads what the bytes say, is null where it was set so, and takes texts", (use) => {
  const column = columnOf(use, 5);
  const bytes = Buffer.from("日本 and more");
  column.set(0, bytes, 0, 6);
  column.setNull(1);
  column.set(2, bytes, 0, 0);
  column.setText(3, 'an "escape"');
  column.set(4, bytes, 7, 10);
  expect([0, 1, 2, 3, 4].map((row) => valueAt(column, row))).toEqual(["日本", null, "", 'an "escape"', "and"]);
});

test("a key is what its bytes were when it was set", () => {
  const column = columnOf("key", 1);
  const bytes = Buffer.from("GET");
  column.set(0, bytes, 0, 3);
  bytes.fill("x");
  expect(valueAt(column, 0)).toBe("GET");
});

describe("a text", () => {
  /** UTF-8, UTF-8 that was cut, and bytes that are none. */
  const bytesOfText = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 40 }).map((text) => Buffer.from(text)),
    fc.string({ unit: "grapheme", maxLength: 4 }).map((text) => Buffer.from(text).subarray(1)),
    fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
  );
  const rows = fc.array(fc.option(bytesOfText), { minLength: 1, maxLength: 20 });

  test("is that of Node's decoder, whatever the bytes, whichever rows are asked for, in any order and again", () => {
    fc.assert(
      fc.property(
        rows.chain((texts) => fc.tuple(fc.constant(texts), fc.array(fc.nat(texts.length - 1)))),
        ([texts, asked]) => {
          const lines = new Lines(texts);
          const wanted = asked.map((row) => texts[row]?.toString("utf8") ?? null);
          for (const column of [lines.filled(), lines.inParts()]) {
            expect(asked.map((row) => column.text(row))).toEqual(wanted);
            expect(asked.map((row) => column.text(row))).toEqual(wanted);
          }
        },
      ),
    );
  });

  test("is decoded once, and stays when its bytes are overwritten", () => {
    const lines = new Lines(["GET", "a longer text"].map((text) => Buffer.from(text)));
    for (const column of [lines.filled(), lines.inParts()]) {
      lines.write();
      const texts = [column.text(0), column.text(1)];
      lines.bytes.fill("x");
      expect([texts, column.text(0), column.text(1)]).toEqual([["GET", "a longer text"], "GET", "a longer text"]);
    }
  });

  test("of the batch before is forgotten, asked for or not", () => {
    fc.assert(
      fc.property(rows, rows, fc.boolean(), (before, after, asks) => {
        const lines = new Lines(before, 20);
        const [filled, inParts] = [lines.filled(), lines.inParts()];
        if (asks) for (const row of before.keys()) void [filled.text(row), inParts.text(row)];
        lines.next(after);
        lines.fill(filled);
        inParts.begin(lines.bytes);
        const wanted = after.map((text) => text?.toString("utf8") ?? null);
        for (const column of [filled, inParts]) expect(after.map((_, row) => column.text(row))).toEqual(wanted);
      }),
    );
  });
});

/** Texts, or nothing, one behind the other in a buffer, and columns over them. */
class Lines {
  bytes = Buffer.alloc(0);
  #texts: readonly (Buffer | null)[];
  #ends: number[] = [];
  readonly #rows: number;

  constructor(texts: readonly (Buffer | null)[], rows = texts.length) {
    this.#texts = texts;
    this.#rows = rows;
    this.next(texts);
  }

  next(texts: readonly (Buffer | null)[]): void {
    this.#texts = texts;
    let end = 0;
    this.#ends = texts.map((text) => (end += text?.length ?? 0));
    this.bytes = Buffer.alloc(end);
    this.write();
  }

  write(): void {
    for (const [row, text] of this.#texts.entries()) text?.copy(this.bytes, this.#start(row));
  }

  filled(): TextColumn & Parameters<Lines["fill"]>[0] {
    const column = columnOf("value", this.#rows);
    if (column.kind !== "text") throw new Error("a column of values is no column of texts");
    this.fill(column);
    return column;
  }

  fill(column: { set(row: number, bytes: Buffer, start: number, end: number): void; setNull(row: number): void }): void {
    this.#fillRows(column, this.bytes, 0, this.#texts.length);
  }

  inParts(): PartTexts {
    const column = new PartTexts(this.#rows, (...rows) => this.#fillRows(...rows));
    column.begin(this.bytes);
    return column;
  }

  #fillRows(column: Parameters<Lines["fill"]>[0], bytes: Buffer, from: number, to: number): void {
    for (let row = from; row < to; row++) {
      if (this.#texts[row] === null) column.setNull(row);
      else column.set(row, bytes, this.#start(row), this.#ends[row]!);
    }
  }

  #start(row: number): number {
    return this.#ends[row]! - (this.#texts[row]?.length ?? 0);
  }
}
