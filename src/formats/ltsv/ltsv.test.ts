import { describe, expect, test } from "vitest";
import { z } from "zod";
import { formatSuite } from "../../../test/suites/format_suite.ts";
import { scanLines } from "../../../test/suites/scan_lines.ts";
import { ltsv } from "./ltsv.ts";

const config = ltsv.config(z).parse({ types: { host: "string", req: "string", empty: "string", time2: "integer", a: "string" } });
const format = ltsv.open(config);
const NONE = { host: null, req: null, empty: null, time2: null, a: null };

formatSuite(ltsv, config, [
  "time:2013-02-28 12:00:00 +0000\thost:1.2.3.4\treq:GET /list HTTP/1.1",
  "host:1.2.3.4\tempty:\tnocolon\ttime2:1",
  "a:b:c\ttime2:x",
]);

describe("beside Fluentd's ltsv parser", () => {
  test.each([
    [
      "time:2013-02-28 12:00:00 +0000\thost:1.2.3.4\treq:GET /list HTTP/1.1",
      { host: "1.2.3.4", req: "GET /list HTTP/1.1" },
      1_362_052_800_000,
    ],
    ["host:1.2.3.4\tempty:\tnocolon\ttime2:1", { host: "1.2.3.4", empty: "", time2: 1 }, null],
    ["a:b:c", { a: "b:c" }, null],
  ])("%j reads the same", (line, fields, time) => {
    expect(scanLines(format, `${line}\n`, { timeMs: 5 }).rows).toEqual([{ ...NONE, ...fields, time, at: time ?? 5 }]);
  });

  test("an empty line, of which it makes a record without fields, is refused", () => {
    expect(scanLines(format, "\n\t\nx\n").refused.map(({ reason }) => reason)).toEqual(["empty", "label", "label"]);
  });
});

test("a time that cannot be read refuses the line", () => {
  expect(scanLines(format, "time:soon\thost:a\n").refused).toEqual([{ reason: "time", text: "time:soon\thost:a" }]);
});

test("a field that the target has from elsewhere is found too", () => {
  const other = ltsv.open(ltsv.config(z).parse({ types: { constructor: "string" }, time_key: "t" }));
  expect(scanLines(other, "constructor:x\tt:1362052800\n").rows).toEqual([
    { constructor: "x", t: 1_362_052_800_000, at: 1_362_052_800_000 },
  ]);
});
