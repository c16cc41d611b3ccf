import { describe, expect, test } from "vitest";
import { collidingLong } from "../../test/event/colliding_strings.ts";
import { type CodeHolder, Dictionary } from "./index.ts";

test("the same string has the same code, from text or from bytes, and another string another one", () => {
  const dictionary = new Dictionary();
  const code = dictionary.codeOf("192.0.2.1");
  const bytes = Buffer.from('x 192.0.2.1 - - "GET /"');
  expect(dictionary.codeOfBytes(bytes, 2, 11)).toBe(code);
  expect(dictionary.codeOfBytes(bytes, 2, 10)).not.toBe(code);
  expect([dictionary.size, dictionary.text(code)]).toEqual([2, "192.0.2.1"]);
});

test("asking for the code of a string that has none does not give it one", () => {
  const dictionary = new Dictionary();
  expect(dictionary.find("x")).toBeUndefined();
  expect(dictionary.size).toBe(0);
  expect(dictionary.find("x")).toBeUndefined();
  expect(dictionary.codeOf("x")).toBe(dictionary.find("x"));
});

test("what the bytes stood in may be written over afterwards", () => {
  const dictionary = new Dictionary();
  const bytes = Buffer.from("first");
  const first = dictionary.codeOfBytes(bytes, 0, 5);
  bytes.write("other");
  expect(dictionary.codeOfBytes(bytes, 0, 5)).not.toBe(first);
  expect(dictionary.codeOfBytes(Buffer.from("first"), 0, 5)).toBe(first);
  expect(dictionary.text(first)).toBe("first");
});

test("the empty string is a string, and __proto__ is one like any other", () => {
  const dictionary = new Dictionary();
  const empty = dictionary.codeOfBytes(Buffer.alloc(0), 0, 0);
  expect(dictionary.codeOf("")).toBe(empty);
  expect(dictionary.codeOf("__proto__")).not.toBe(empty);
  expect(dictionary.text(empty)).toBe("");
});

describe("a sweep", () => {
  test("keeps what a holder marks and gives the other codes to new strings, lowest first", () => {
    const dictionary = new Dictionary();
    const [a, b, c] = ["a", "b", "c"].map((text) => dictionary.codeOf(text)) as [number, number, number];
    dictionary.hold(holderOf(new Set([b])));
    dictionary.sweep();
    expect([dictionary.size, dictionary.find("a"), dictionary.find("b"), dictionary.find("c")]).toEqual([1, undefined, b, undefined]);
    expect(["x", "y", "z"].map((text) => dictionary.codeOf(text))).toEqual([Math.min(a, c), Math.max(a, c), 3]);
    expect(dictionary.text(a)).toBe("x");
  });

  test("forgets a string known by its bytes too: the code it had may be another's by now", () => {
    const dictionary = new Dictionary();
    const gone = dictionary.codeOfBytes(Buffer.from("gone"), 0, 4);
    dictionary.sweep();
    expect(dictionary.codeOf("new")).toBe(gone);
    expect(dictionary.text(dictionary.codeOfBytes(Buffer.from("gone"), 0, 4))).toBe("gone");
  });

  test("has every holder forget what none of them marked, after all have marked", () => {
    const dictionary = new Dictionary();
    const [a, b, c] = ["a", "b", "c"].map((text) => dictionary.codeOf(text)) as [number, number, number];
    const told: number[][] = [];
    const holds = (code: number): CodeHolder => ({
      markCodes: (marks) => void (marks[code] = 1),
      forgetCodes: (marks) => void told.push([...marks]),
    });
    dictionary.hold(holds(a));
    dictionary.hold(holds(b));
    dictionary.sweep();
    const expected = [a, b, c].map((code) => (code === c ? 0 : 1));
    expect(told).toEqual([expected, expected]);
  });

  test("does not ask who has let go", () => {
    const dictionary = new Dictionary();
    const release = dictionary.hold(holderOf(new Set([dictionary.codeOf("a")])));
    release();
    dictionary.sweep();
    expect(dictionary.size).toBe(0);
  });

  test("is wanted once there are 65,536 strings, and next when what was kept has doubled", () => {
    const dictionary = new Dictionary();
    const held = new Set<number>();
    dictionary.hold(holderOf(held));
    for (let n = 0; n < 65_535; n++) held.add(dictionary.codeOf(`k${n}`));
    expect(dictionary.wantsSweep).toBe(false);
    held.add(dictionary.codeOf("one more"));
    expect(dictionary.wantsSweep).toBe(true);
    dictionary.sweep();
    expect([dictionary.size, dictionary.wantsSweep]).toEqual([65_536, false]);
    for (let n = 0; n < 65_536; n++) dictionary.codeOf(`more ${n}`);
    expect(dictionary.wantsSweep).toBe(true);
  });

  test("is wanted early when the strings are long: a thousand long ones take as much room as many short ones", () => {
    const dictionary = new Dictionary();
    for (let n = 0; n < 1023; n++) dictionary.codeOf(String(n).padStart(16 * 1024, "x"));
    expect(dictionary.wantsSweep).toBe(false);
    dictionary.codeOf("y".repeat(16 * 1024));
    expect(dictionary.wantsSweep).toBe(true);
    dictionary.sweep();
    expect(dictionary.wantsSweep).toBe(false);
  });
});

describe("against somebody who chooses the strings", () => {
  test("strings that all have the same hash have codes of their own, and cost no memory when they come again", () => {
    const dictionary = new Dictionary();
    const texts = collidingLong(500, 10_000);
    const codes = texts.map((text) => ofBytes(dictionary, text));
    expect(new Set(codes).size).toBe(500);
    const before = process.memoryUsage().arrayBuffers;
    for (let round = 0; round < 20; round++) expect(texts.map((text) => ofBytes(dictionary, text))).toEqual(codes);
    // Some 500 strings of 10 kB that find no place would be 100 MB if each coming left its bytes behind.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(30_000_000);
  });

  test("endlessly many broken byte strings that read as the same text are one string and take the room of one", () => {
    const dictionary = new Dictionary();
    const before = process.memoryUsage().arrayBuffers;
    const bytes = Buffer.alloc(6);
    const codes = new Set<number>();
    for (let n = 0; n < 8 ** 6; n++) {
      for (let at = 0; at < 6; at++) bytes[at] = 0xf8 + ((n >> (3 * at)) & 7);
      codes.add(dictionary.codeOfBytes(bytes, 0, 6));
    }
    expect([codes.size, dictionary.size]).toEqual([1, 1]);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
  });
});

function ofBytes(dictionary: Dictionary, text: string): number {
  const bytes = Buffer.from(text);
  return dictionary.codeOfBytes(bytes, 0, bytes.length);
}

function holderOf(held: ReadonlySet<number>): CodeHolder {
  return {
    markCodes(marks) {
      for (const code of held) marks[code] = 1;
    },
    forgetCodes() {},
  };
}
