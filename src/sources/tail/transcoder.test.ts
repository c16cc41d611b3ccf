import { expect, test } from "vitest";
import { Transcoder } from "./transcoder.ts";

test.each([
  ["shift_jis", [0x93, 0xfa, 0x96, 0x7b, 0x5c, 0x0a], "日本\\\n"],
  ["euc-jp", [0xc6, 0xfc, 0xcb, 0xdc, 0x0a], "日本\n"],
  ["latin1", [0xe9, 0x0a], "é\n"],
  ["windows-1251", [0xcf, 0x0a], "П\n"],
  ["euc-jp", [0xc6, 0x0a], "\ufffd\n"],
])("lines in %s become UTF-8", (label, bytes, text) => {
  const all = Buffer.from([0x78, ...bytes, 0x78]);
  expect(
    Transcoder.of(label)
      ?.utf8(all, 1, all.length - 1)
      .toString(),
  ).toBe(text);
});

test.each(["utf-16", "utf-16be", "iso-2022-jp", "no-such"])("%s cannot be split into lines by bytes", (label) => {
  expect(Transcoder.of(label)).toBeUndefined();
});
