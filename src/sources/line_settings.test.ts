import { expect, test } from "vitest";
import { z } from "zod";
import { lineSettings, targetsOf } from "./line_settings.ts";

test("lines are of 1 MiB at the most unless a setting says otherwise, and no setting asks for more than 16 MiB", () => {
  const settings = z.strictObject(lineSettings(z));
  expect(settings.parse({ format: "none", target: "t" }).line_bytes_max).toBe(1 << 20);
  expect(settings.safeParse({ format: "none", target: "t", line_bytes_max: "17MB" }).success).toBe(false);
  expect(settings.safeParse({ format: "none", target: "" }).success).toBe(false);
});

test("the fields of a target are known beforehand where the format knows them, and where a person says their types", () => {
  const settings = z.strictObject(lineSettings(z));
  const declared = (written: Record<string, unknown>) => targetsOf(settings.parse(written));
  expect(declared({ format: "none", target: "t" })).toEqual({ t: { message: "string" } });
  expect(declared({ format: { json: { types: { a: "integer" } } }, target: "t" })).toEqual({ t: { a: "integer", time: "integer" } });
  expect(declared({ format: "json", target: "t" })).toEqual({ t: "timed" });
  expect(declared({ format: "json", tag: "web.access" })).toBeUndefined();
  expect(declared({ format: "none", tag: "web.access" })).toEqual({});
});
