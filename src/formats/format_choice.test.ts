import { describe, expect, test } from "vitest";
import { z } from "zod";
import { checkSettings, parseSettings } from "../component/index.ts";
import { formatSetting, openFormat } from "./format_choice.ts";

const schema = z.strictObject({ format: formatSetting(z) });

test("a format is chosen by its name, or by its name with its settings", () => {
  const { format } = schema.parse({ format: "combined" });
  expect(openFormat(format).fields).toMatchObject({ host: "string", time: "integer" });
  const other = schema.parse({ format: { csv: { columns: ["a", "b"], types: { b: "integer" } } } });
  expect(openFormat(other.format).fields).toEqual({ a: "string", b: "integer" });
  expect(schema.parse({ format: "nginx" }).format.config).toEqual(schema.parse({ format: { nginx: {} } }).format.config);
});

describe("what is wrong is said where it is", () => {
  test.each([
    [
      "format: combine\n",
      /^x:1:9 HOTAKA_CONFIG_INVALID {2}format: "combine" was found; one of apache, combined, .* Did you mean "combined"\?$/,
    ],
    ["format: csv\n", /^x:1:9 .*"csv" was found; one of apache, combined, json/],
    ["format: 5\n", /^x:1:9 .*format: 5 was found, which is of none of the kinds/],
    ["format: { csv: {} }\n", /^x:1:16 .*format\.csv: "columns" is missing; a list was wanted\.$/],
    ["format: { csv: { columns: [a], seperator: x } }\n", /^x:1:32 .*"seperator" is not a setting of csv\. Did you mean "separator"\?$/],
    ["format: { regexp: { expression: '(?=x)' } }\n", /^x:1:33 .*format\.regexp\.expression: "\(\?=x\)" was found; the lookahead/],
    ["format: { none: {}, ltsv: {} }\n", /^x:1:9 .*ltsv and none were found in one item/],
    ["format: {}\n", /^x:1:9 .*no component was found; exactly one of apache/],
  ])("%j", async (text, sentence) => {
    const document = await parseSettings(text, "x");
    expect(() => checkSettings(z, schema, document)).toThrow(sentence);
  });
});
