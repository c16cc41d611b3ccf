import type { WantedBlock } from "../../component/index.ts";
import { assert, didYouMean, parseCidr } from "../../kit/index.ts";

/** What may stand in a word of a command, as `${cidr}`. */
export const PLACES = ["cidr", "address", "bits", "family", "until", "seconds"] as const;

/** What is wrong with the places in a word, as the end of a sentence; undefined when nothing is. */
export function faultOfWord(word: string): string | undefined {
  for (const [, place = ""] of word.matchAll(PLACE)) {
    if (!PLACES.some((known) => known === place))
      return `"\${${place}}" stands for nothing; \${${PLACES.join("}, ${")}} do.${didYouMean(place, PLACES)}`;
  }
  return undefined;
}

/**
 * A command for one block. Each word stays one argument: what is put in has been read as a prefix and is written anew, so nothing but digits,
 * letters a to f, `.`, `:`, `/` and `-` comes from outside.
 */
export function wordsOf(words: readonly string[], { cidr, untilMs }: Pick<WantedBlock, "cidr" | "untilMs">, nowMs: number): string[] {
  const parsed = parseCidr(cidr);
  assert(parsed !== undefined, `"${cidr}" was taken for a prefix`);
  const values: Readonly<Record<(typeof PLACES)[number], string>> = {
    cidr: parsed.toString(),
    address: parsed.address,
    bits: String(parsed.bits),
    family: String(parsed.family),
    until: untilMs === undefined ? "never" : new Date(untilMs).toISOString(),
    seconds: untilMs === undefined ? "0" : String(Math.max(1, Math.ceil((untilMs - nowMs) / 1000))),
  };
  return words.map((word) => word.replaceAll(PLACE, (whole, place: string) => (isPlace(place) ? values[place] : whole)));
}

/** Whether a command says when a block ends, so that it has to be run again when that changes. */
export function tellsEnd(words: readonly string[]): boolean {
  return words.some((word) => /\$\{(?:until|seconds)\}/.test(word));
}

function isPlace(text: string): text is (typeof PLACES)[number] {
  return PLACES.some((place) => place === text);
}

const PLACE = /\$\{(\w*)\}/g;
