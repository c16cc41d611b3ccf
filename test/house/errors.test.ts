import { expect, test } from "vitest";
import { ERROR_CODES } from "../../src/kit/index.ts";
import { sourceFiles, withoutComments } from "./files.ts";

test("every code of the list is given by something: one that never comes does not belong in the manual", () => {
  const code = sourceFiles().filter(({ path }) => path !== "src/kit/error_codes.ts");
  const given = new Set(code.flatMap(({ text }) => withoutComments(text).match(/\bHOTAKA_[A-Z_]+/g) ?? []));
  expect(Object.keys(ERROR_CODES).filter((name) => !given.has(name))).toEqual([]);
});

test("every meaning is told in whole sentences", () => {
  expect(Object.entries(ERROR_CODES).filter(([, meaning]) => !/^[A-Z].+\.$/.test(meaning))).toEqual([]);
});
