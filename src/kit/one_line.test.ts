import { expect, test } from "vitest";
import { oneLine } from "./one_line.ts";

test("line ends, escape sequences and direction marks do not reach a terminal", () => {
  expect(oneLine("curl\r\n2026 blocked\u001B[2J\u202Egnp.exe\u2028\0", 100)).toBe(
    "curl\uFFFD\uFFFD2026 blocked\uFFFD[2J\uFFFDgnp.exe\uFFFD\uFFFD",
  );
});

test("what is too long is cut, and no half of a character is left", () => {
  expect(oneLine("abcdef", 4)).toBe("abc…");
  expect(oneLine("abcd", 4)).toBe("abcd");
  expect(oneLine("ab\u{1F600}", 3)).toBe("ab…");
  expect(oneLine("a\u{1F600}bc", 3)).toBe("a\uFFFD…");
});
