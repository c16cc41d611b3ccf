import { expect, test } from "vitest";
import { MessageFramer } from "./message_framer.ts";

/** Gives `text` to a framer in pieces that end at `cuts`. Returns the messages, with `!` for each that was too long. */
function frames(text: string, cuts: readonly number[] = [], bytesMax = 100): { found: string[]; rest: string; isWhole: boolean } {
  const found: string[] = [];
  const framer = new MessageFramer(bytesMax, {
    message: (bytes, start, end) => void found.push(bytes.toString("latin1", start, end)),
    tooLong: () => void found.push("!"),
  });
  const all = Buffer.from(text, "latin1");
  let rest: Buffer = Buffer.alloc(0);
  const ends = [...cuts, all.length];
  ends.forEach((end, index) => {
    const bytes = Buffer.concat([rest, all.subarray(ends[index - 1] ?? 0, end)]);
    rest = bytes.subarray(framer.scan(bytes));
  });
  return { found, rest: rest.toString("latin1"), isWhole: framer.end(rest) };
}

test.each([
  ["<13>one\n<13>two\n", ["<13>one", "<13>two"]],
  ["7 <13>one8 <13>t\nwo", ["<13>one", "<13>t\nwo"]],
  ["7 <13>one\n<13>by line\n8 <13>four\r\n\0", ["<13>one", "<13>by line", "<13>four"]],
  ["2024-05-06T12:00:00Z no priority\n", ["2024-05-06T12:00:00Z no priority"]],
  ["12 apples\n<1>x\n", ["12 apples", "<1>x"]],
  ["1234567890 <1>x\n", ["1234567890 <1>x"]],
  ["<1>last", ["<1>last"]],
  ["\n\n\0", []],
])("%j holds its messages, wherever it is cut", (text, messages) => {
  expect(frames(text).found).toEqual(messages);
  for (let cut = 1; cut < text.length; cut++) expect([cut, frames(text, [cut]).found]).toEqual([cut, messages]);
  const everywhere = Array.from({ length: text.length - 1 }, (_, index) => index + 1);
  expect(frames(text, everywhere)).toMatchObject({ found: messages, isWhole: true });
});

test("a message longer than the bound is read over, and what follows is found", () => {
  const long = "x".repeat(20);
  for (const text of [`<1>${long}\n<1>next\n`, `23 <1>${long}<1>next\n`]) {
    for (let cut = 1; cut < text.length; cut++) expect(frames(text, [cut], 10).found).toEqual(["!", "<1>next"]);
  }
  expect(frames(`<1>${long}`, [5, 15, 20], 10)).toEqual({ found: ["!"], rest: "", isWhole: true });
});

test("a counted message that is cut off is none", () => {
  expect(frames("7 <13>on")).toEqual({ found: [], rest: "7 <13>on", isWhole: false });
  expect(frames("7 ")).toMatchObject({ found: [], isWhole: false });
  expect(frames("500 <1>x", [], 100)).toMatchObject({ found: ["!"], isWhole: false });
});

test("a message that comes byte by byte takes time in proportion to its length", () => {
  let looked = 0;
  const framer = new MessageFramer(1 << 20, { message: () => {}, tooLong: () => {} });
  const bytes = Buffer.alloc(100_000, "x");
  bytes.indexOf = ((_: number, from: number) => {
    looked += bytes.length - from;
    return -1;
  }) as typeof bytes.indexOf;
  for (let turn = 0; turn < 10; turn++) expect(framer.scan(bytes)).toBe(0);
  expect(looked).toBe(bytes.length);
});
