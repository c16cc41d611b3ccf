import { expect, test } from "vitest";
import { keyOfLine, rowLine } from "./row_line.ts";

const row = {
  key: "q\t1",
  query: "block.flood",
  timeMs: 0,
  row: { host: "a\tb\nc", time: 5, "a:b": null, at: new Date(0), list: [1, 2n ** 60n] },
};

test("a row in LTSV has no tab or newline of its own, and no label twice", () => {
  expect(rowLine(row, "ltsv")).toBe(
    "time:1970-01-01T00:00:00.000Z\tquery:block.flood\tkey:q 1\thost:a b c\trow_time:5\ta_b:\tat:1970-01-01T00:00:00.000Z\tlist:[1,1152921504606846976]\n",
  );
});

test("the key of a line is found again", () => {
  expect(keyOfLine(rowLine(row, "json").trimEnd(), "json")).toBe("q\t1");
  expect(keyOfLine(rowLine({ ...row, key: "q 1" }, "ltsv").trimEnd(), "ltsv")).toBe("q 1");
  for (const line of ["", "{", "5", "null", '{"key":5}']) expect(keyOfLine(line, "json")).toBeUndefined();
  expect(keyOfLine("key:x", "ltsv")).toBeUndefined();
});
