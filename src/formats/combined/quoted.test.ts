import { describe, expect, test } from "vitest";
import { closingQuote } from "./quoted.ts";

function closingIn(text: string, from = 0): number {
  const bytes = Buffer.from(`${text}\n`);
  return closingQuote(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), from);
}

describe("a quoted part", () => {
  test.each(["", "ua", '\\"', "\\\\", '\\\\\\"', "*", "\u0002", "*\u0002!#", "(2", "日本"])("%j ends at the quote behind it", (text) => {
    expect(closingIn(`${text}" "more"`)).toBe(Buffer.byteLength(text));
  });

  test.each(["", "ua", "ua\\", 'ua\\"', '\\\\\\"'])("%j without a quote behind it is not closed", (text) => {
    expect(closingIn(text)).toBe(-1);
    expect(closingIn(`${text}\n"`)).toBe(-1);
  });

  test("begins behind its opening quote: a backslash before that is of something else", () => {
    expect(closingIn('\\"', 1)).toBe(1);
  });

  test("ends where it ends, wherever it stands among the bytes that are looked at together", () => {
    for (let before = 0; before < 9; before++) {
      for (let length = 0; length < 9; length++) {
        for (let after = 0; after < 5; after++) {
          const text = `${"z".repeat(before)}${"*".repeat(length)}"${"y".repeat(after)}`;
          expect(closingIn(text, before)).toBe(before + length);
          expect(closingIn(text, before + length + 1)).toBe(-1);
        }
      }
    }
  });
});
