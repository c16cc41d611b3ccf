import { expect, test } from "vitest";
import { scanLines } from "../../test/suites/scan_lines.ts";
import type { Format } from "../component/index.ts";
import { type FieldParser, FieldScanner } from "./field_scanner.ts";
import { TimeReader } from "./time_text.ts";

/** `name=text` for a, b and time, set apart by commas; `!` in a text makes the line a bad one, `+` is a blank. */
const parser: FieldParser = {
  parse: (bytes, start, end, found) => {
    for (let at = start; at < end;) {
      const comma = bytes.indexOf(0x2c, at);
      const last = comma === -1 || comma > end ? end : comma;
      const field = ["a", "b", "time"].indexOf(bytes.toString("latin1", at, bytes.indexOf(0x3d, at)));
      const from = bytes.indexOf(0x3d, at) + 1;
      const text = bytes.toString("latin1", from, last);
      if (text.includes("!")) return "mark";
      if (text.includes("+")) found.setText(field, text.replaceAll("+", " "));
      else found.set(field, from, last);
      at = last + 1;
    }
    return undefined;
  },
};

const format: Format = {
  fields: { time: "integer", b: "integer", a: "string" },
  scanner: (schema, demand) =>
    new FieldScanner({
      schema,
      demand,
      names: ["a", "b", "time"],
      parser,
      time: { name: "time", reader: new TimeReader({ time_format: "auto", time_zone: "UTC" }) },
    }),
};

test("fields go to their columns by name, and one that a line lacks is null, whatever the line before had", () => {
  expect(scanLines(format, "a=x+y,b=1\nb=2\na=z,b=q\r\n", { timeMs: 7 }).rows).toEqual([
    { at: 7, time: null, b: 1, a: "x y" },
    { at: 7, time: null, b: 2, a: null },
    { at: 7, time: null, b: null, a: "z" },
  ]);
});

test("the time of a line is that of its event, with or without escapes, and one that cannot be read refuses the line", () => {
  const ms = Date.parse("2024-05-06T12:00:00Z");
  const { rows, refused } = scanLines(format, "time=2024-05-06T12:00:00Z\ntime=2024-05-06+12:00:00\ntime=noon,a=x\n");
  expect(rows).toEqual(Array.from({ length: 2 }, () => ({ at: ms, time: ms, a: null, b: null })));
  expect(refused).toEqual([{ reason: "time", text: "time=noon,a=x" }]);
});

test("a line that is refused at its end leaves nothing behind", () => {
  const { rows, refused } = scanLines(format, "a=x,b=!\nb=3\n");
  expect(rows).toEqual([{ at: 0, time: null, a: null, b: 3 }]);
  expect(refused.map(({ reason }) => reason)).toEqual(["mark"]);
});

test("more lines than a batch holds come in several", () => {
  const { rows } = scanLines(format, Array.from({ length: 3000 }, (_, at) => `b=${at}\n`).join(""));
  expect(rows.map(({ b }) => b)).toEqual(Array.from({ length: 3000 }, (_, at) => at));
});
