import { expect, test } from "vitest";
import { fixedFormat } from "./fixed_format.ts";

const NOTHING = { parse: () => undefined };
const settings = { types: { code: "integer" }, time_key: "time", time_format: "auto", time_zone: "UTC" } as const;

test("fields are text unless types says otherwise, and the time is a number", () => {
  expect(fixedFormat(settings, ["host", "code", "time"], () => NOTHING).fields).toEqual({
    host: "string",
    code: "integer",
    time: "integer",
  });
});

test("the names of what objects inherit are fields as any other", () => {
  expect(Object.entries(fixedFormat(settings, ["constructor", "__proto__"], () => NOTHING).fields)).toEqual([
    ["constructor", "string"],
    ["__proto__", "string"],
  ]);
});
