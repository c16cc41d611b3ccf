import { expect, test } from "vitest";
import { z } from "zod";
import { scanLines } from "../../test/suites/scan_lines.ts";
import { expressionFormat, expressionSetting, expressionSettings } from "./expression_format.ts";

const schema = z.strictObject({ expression: expressionSetting(z, { groups: true }), ...expressionSettings(z) });

test("named groups are fields, wherever the expression matches, and records may be told apart otherwise than by lines", () => {
  const format = expressionFormat(schema.parse({ expression: "/(?<a>\\d+)\\s(?<b>\\w+)/" }), (bytes, _, end) =>
    bytes.lastIndexOf(0x0a, end - 1),
  );
  expect(format.fields).toEqual({ a: "string", b: "string" });
  expect(scanLines(format, "x 12\ny\n").rows).toEqual([{ at: 0, a: "12", b: "y" }]);
});

test("an expression that gives no field is refused where it has to give one", () => {
  expect(schema.safeParse({ expression: "x" }).success).toBe(false);
  expect(expressionSetting(z, { groups: false }).safeParse("x").success).toBe(true);
});
