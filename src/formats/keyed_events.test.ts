import { describe, expect, test } from "vitest";
import { z } from "zod";
import { RecordingOpenIntake } from "../../test/suites/source_fakes.ts";
import type { FormatChoice } from "./format_choice.ts";
import { openFormat } from "./format_choice.ts";
import { formats } from "./list.ts";

/** What a format with these settings, and no types, makes of a line read at 9. */
function take(name: string, line: string, settings: Record<string, unknown> = {}, clock: "event" | "arrival" = "event") {
  const definition = formats.find((format) => format.name === name)!;
  const choice: FormatChoice = { name, config: definition.config(z).parse({ time_zone: "UTC", ...settings }) };
  const intake = new RecordingOpenIntake("t");
  const bytes = Buffer.from(`..${line}\n`);
  const reason = openFormat(choice).events!().take(bytes, 2, bytes.length - 1, 9, intake.columns, clock);
  intake.columns.flush();
  return { reason, event: intake.events[0], types: Object.fromEntries(intake.schema.fields.map((field) => [field.name, field.type])) };
}

describe("without types a line gives all of its fields, as what they are written", () => {
  test.each([
    [
      "json",
      '{"time":"2026-11-21T10:00:00Z","host":"a","code":200,"rt":0.5,"ok":true,"big":9007199254740993,"req":{"path":"/"},"tags":["x"],"none":null}',
      { host: "a", code: 200, rt: 0.5, ok: true, big: 9_007_199_254_740_993n, req: { path: "/" }, tags: ["x"], none: null },
      { host: "string", code: "integer", rt: "float", ok: "boolean", big: "integer", req: "hash", tags: "array", none: "string" },
    ],
    ["ltsv", "time:2026-11-21T10:00:00Z\thost:a\tcode:200\tnocolon\t:x", { host: "a", code: "200" }, { host: "string", code: "string" }],
    [
      "logfmt",
      'time=2026-11-21T10:00:00Z level=info msg="a \\"b\\"" ok n=5',
      { level: "info", msg: 'a "b"', ok: true, n: "5" },
      { level: "string", msg: "string", ok: "boolean", n: "string" },
    ],
  ])("%s", (format, line, fields, types) => {
    const at = Date.parse("2026-11-21T10:00:00Z");
    const taken = take(format, line);
    expect(taken.event).toEqual({ at, time: at, ...fields });
    expect(taken.types).toEqual({ time: "integer", ...types });
  });
});

test("the time is epoch milliseconds under its key, wherever in the line it stands and however the key is written", () => {
  const at = 1_700_000_000_000;
  expect(take("json", '{"a":1,"t":1700000000}', { time_key: "t" }).event).toEqual({ at, a: 1, t: at });
  expect(take("json", '{"\\u0074":1700000000}', { time_key: "t" }).event).toEqual({ at, t: at });
  expect(take("json", '{"a":1}').event).toEqual({ at: 9, a: 1 });
  expect(take("json", '{"a":1,"time":1700000000}', {}, "arrival").event).toEqual({ at: 9, a: 1, time: at });
});

test.each([
  ["json", '{"a":1', "syntax"],
  ["json", "5", "object"],
  ["json", '{"a":1,"time":"soon"}', "time"],
  ["json", "", "empty"],
  ["ltsv", "nothing", "label"],
  ["logfmt", 'a="b', "value"],
])("a line of %s that is %j is refused for its %s, and nothing of it is learnt", (format, line, reason) => {
  expect(take(format, line)).toEqual({ reason, event: undefined, types: {} });
});

test("names that objects have by themselves are fields like others", () => {
  expect(take("json", '{"__proto__":1,"constructor":"x"}').event).toMatchObject({ constructor: "x" });
  expect(take("ltsv", "constructor:x").event).toMatchObject({ constructor: "x" });
});
