import { expect, test } from "vitest";
import { z } from "zod";
import { formatSuite } from "../../../test/suites/format_suite.ts";
import { scanLines } from "../../../test/suites/scan_lines.ts";
import { logfmt } from "./logfmt.ts";

const config = logfmt
  .config(z)
  .parse({ types: { level: "string", msg: "string", n: "integer", ok: "boolean" }, time_key: "ts", time_zone: "UTC" });
const format = logfmt.open(config);
const NONE = { level: null, msg: null, n: null, ok: null, ts: null, at: 0 };

formatSuite(logfmt, config, ['ts=2024-05-06T12:00:00Z level=info msg="a \\"b\\" c" n=5 ok', "level=", ' msg="" other=1 ']);

test.each([
  ["level=info msg=hello n=5 ok=false", { level: "info", msg: "hello", n: 5, ok: false }],
  ['msg="a \\"b\\"\\n\\u65e5\\q" n=-1', { msg: 'a "b"\n日q', n: -1 }],
  ["ok level", { ok: true, level: "true" }],
  ['level= msg=""', { level: "", msg: "" }],
  ["msg=a=b\tn=1  n=2", { msg: "a=b", n: 2 }],
  ["__proto__=1 level=x", { level: "x" }],
])("%j is read", (line, fields) => {
  expect(scanLines(format, `${line}\n`).rows).toEqual([{ ...NONE, ...fields }]);
});
