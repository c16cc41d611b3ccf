import { expect, test } from "vitest";
import { faultOfWord, tellsEnd, wordsOf } from "./words.ts";

test("each place of a word is filled, and a word stays one argument", () => {
  const words = ["fw", "--add=${cidr}", "${address}", "${bits} ${family}", "${until}", "${seconds}", "$(id)", "${"];
  expect(wordsOf(words, { cidr: "2001:db8:bad::/64", untilMs: 60_500 }, 0)).toEqual([
    "fw",
    "--add=2001:db8:bad::/64",
    "2001:db8:bad::",
    "64 6",
    "1970-01-01T00:01:00.500Z",
    "61",
    "$(id)",
    "${",
  ]);
  expect(wordsOf(["${until} ${seconds}"], { cidr: "203.0.113.7/32", untilMs: undefined }, 0)).toEqual(["never 0"]);
});

test("a place that is none is named", () => {
  expect(faultOfWord("--ip=${adress}")).toBe(
    '"${adress}" stands for nothing; ${cidr}, ${address}, ${bits}, ${family}, ${until}, ${seconds} do. Did you mean "address"?',
  );
  expect(faultOfWord("${constructor}")).toContain("stands for nothing");
  expect(faultOfWord("${cidr} $5")).toBeUndefined();
});

test("whether the end matters is seen from the words", () => {
  expect([tellsEnd(["add", "${cidr}"]), tellsEnd(["add", "timeout ${seconds}"])]).toEqual([false, true]);
});
