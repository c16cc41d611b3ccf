import { describe, expect, test } from "vitest";
import { z } from "zod";
import { formatSuite } from "../../../test/suites/format_suite.ts";
import { scanLines } from "../../../test/suites/scan_lines.ts";
import { csv } from "./csv.ts";

const config = csv.config(z).parse({ columns: ["time", "host", "id"], time_key: "t" });
const format = csv.open(config);

formatSuite(csv, config, ["2013/02/28 12:00:00,192.168.0.1,111", 'a,"b,""c""",d', "a,b", '"",,""']);

describe("beside Fluentd's csv parser", () => {
  test.each([
    ["2013/02/28 12:00:00,192.168.0.1,111", ["2013/02/28 12:00:00", "192.168.0.1", "111"]],
    ['a,"b,""c""",d', ["a", 'b,"c"', "d"]],
    ["a,b", ["a", "b", null]],
    ["a,b,c,d", ["a", "b", "c"]],
    [",,", [null, null, null]],
    [" x , y ,z", [" x ", " y ", "z"]],
  ])("%j reads the same", (line, [time, host, id]) => {
    expect(scanLines(format, `${line}\n`).rows).toEqual([{ at: 0, time, host, id }]);
  });

  test("a quote that is not closed is refused likewise", () => {
    expect(scanLines(format, '"unterminated,b,c\n').refused.map(({ reason }) => reason)).toEqual(["quote"]);
  });
});

test.each([
  ["", "empty"],
  ['"a"b,c', "quote"],
  ['a,"', "quote"],
  ['a,""",b', "quote"],
])("%j is refused for its %s", (line, reason) => {
  expect(scanLines(format, `${line}\n`).refused.map((refused) => refused.reason)).toEqual([reason]);
});

test("a quoted nothing is the empty string, which nothing at all is not", () => {
  expect(scanLines(format, '"",,x\n').rows).toEqual([{ at: 0, time: "", host: null, id: "x" }]);
});

test("columns have types, one of them is the time, and another separator may stand between them", () => {
  const other = csv.open(
    csv.config(z).parse({ columns: ["time", "size", "ok"], types: { size: "integer", ok: "boolean" }, separator: ";", time_zone: "UTC" }),
  );
  const ms = Date.parse("2013-02-28T12:00:00Z");
  expect(scanLines(other, "2013-02-28 12:00:00;5;yes\n").rows).toEqual([{ at: ms, time: ms, size: 5, ok: true }]);
});

test("a name that stands twice is refused", () => {
  expect(csv.config(z).safeParse({ columns: ["a", "a"] }).error?.issues[0]?.message).toContain("a name stands twice");
});
