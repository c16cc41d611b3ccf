import { foldWord, MULTIPLIERS } from "../../src/event/string_table.ts";

/** Strings of 16 characters of ASCII that all have the same hash, as somebody would make them who has read the code. */
export function collidingShort(count: number): string[] {
  const inverse = inverseOf(MULTIPLIERS[3]);
  return solved(count, (n) => {
    const text = String(n).padStart(12, "k");
    const [first, second, third] = [0, 4, 8].map((at) => Buffer.from(text).readInt32LE(at)) as [number, number, number];
    const sum = Math.imul(first, MULTIPLIERS[0]) ^ Math.imul(second, MULTIPLIERS[1]) ^ Math.imul(third, MULTIPLIERS[2]);
    return { text, last: Math.imul(sum, inverse) };
  });
}

/** Strings of `length` characters, a multiple of four above 16, that all have the same hash. */
export function collidingLong(count: number, length: number): string[] {
  return solved(count, (n) => {
    const text = String(n).padStart(length - 4, "x");
    const bytes = Buffer.from(text);
    let hash = length;
    for (let at = 0; at < bytes.length; at += 4) hash = foldWord(hash, bytes.readInt32LE(at));
    return { text, last: hash };
  });
}

/** `make` gives all of a string but its last four characters, and what these must be as a word; one in 16 is ASCII. */
function solved(count: number, make: (n: number) => { text: string; last: number }): string[] {
  const texts: string[] = [];
  for (let n = 0; texts.length < count; n++) {
    const { text, last } = make(n);
    if ((last & 0x80808080) !== 0) continue;
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(last);
    texts.push(text + bytes.toString("latin1"));
  }
  return texts;
}

/** Modulo 2^32, by Newton's method. */
function inverseOf(odd: number): number {
  let inverse = odd;
  for (let round = 0; round < 5; round++) inverse = Math.imul(inverse, 2 - Math.imul(odd, inverse));
  return inverse;
}
