import { expect, test } from "vitest";
import { parseFormat } from "./format_text.ts";

test("a format is written as in a settings file", async () => {
  expect((await parseFormat("none")).fields).toEqual({ message: "string" });
  expect((await parseFormat("csv: { columns: [host], time_zone: UTC }")).fields).toEqual({ host: "string" });
});

test("what is wrong is said with what was wanted", async () => {
  await expect(parseFormat("nginks")).rejects.toThrow(/"nginks" was found; one of .* Did you mean "nginx"\?/);
  await expect(parseFormat("csv: { columns: [] }")).rejects.toThrow(/csv.columns: a list was found; at least 1 entries was wanted/);
});
