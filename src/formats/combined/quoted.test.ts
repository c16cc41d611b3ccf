import { describe, expect, test } from "vitest";
import { closingQuote } from "./quoted.ts";

function closingIn(text: string, from = 0): number {
  const bytes = Buffer.from(`${text}\n"of the next line"\n`);
  return closingQuote(bytes, from, bytes.indexOf("\n"));
}

describe("a quoted part", () => {
  test.each(["", "ua", '\\"', "\\\\", '\\\\\\"', "*", "\u0002", "*\u0002!#", "(2", "日本"])("%j ends at the quote behind it", (text) => {
    expect(closingIn(`${text}" "more"`)).toBe(Buffer.byteLength(text));
  });

  test.each(["", "ua", "ua\\", 'ua\\"', '\\\\\\"'])("%j without a quote behind it is not closed", (text) => {
    expect(closingIn(text)).toBe(-1);
    expect(closingQuote(Buffer.from(text), 0, Buffer.byteLength(text))).toBe(-1);
  });

  test("begins behind its opening quote: a backslash before that is of something else", () => {
    expect(closingIn('\\"', 1)).toBe(1);
  });
});
