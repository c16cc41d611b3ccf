import { expect, test } from "vitest";
import { z } from "zod";
import { FieldNames, timeKeySetting, typesSetting } from "./field_names.ts";

test("a name is found where it stands, whole and with its letters as they are", () => {
  const words = ["host", "path", "", "日本", "__proto__", ...Array.from({ length: 500 }, (_, at) => `field_${at}`)];
  const names = new FieldNames(words);
  const find = (text: string): number => names.find(Buffer.from(`"${text}"`), 1, 1 + Buffer.byteLength(text));
  expect(words.map(find)).toEqual(words.map((_, at) => at));
  expect(["Host", "hos", "hostt", "field_500", "constructor"].map(find)).toEqual([-1, -1, -1, -1, -1]);
});

test("settings of fields take types that there are, and one name of a time", () => {
  expect(typesSetting(z).parse({ size: "integer", __proto__: "x" })).toEqual({ size: "integer" });
  expect(typesSetting(z).safeParse({ size: "int" }).success).toBe(false);
  expect(timeKeySetting(z).parse(undefined)).toBe("time");
});
