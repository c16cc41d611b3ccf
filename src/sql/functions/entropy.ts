import { text } from "../operations/argument.ts";
import { defineFunction } from "../vocabulary.ts";

export const entropy = defineFunction({
  name: "entropy",
  summary:
    "Shannon's entropy of the characters of a text in bits per character: 0 for one character over and over, above 4 for what looks random.",
  parameters: [{ name: "text", kind: "expression", doc: "Any text, as a host name or a path." }],
  example: "SELECT host, entropy(path) AS bits FROM access WHERE entropy(path) > 4.5",
  after: "Our own; C. E. Shannon, 'A Mathematical Theory of Communication' (1948)",
  resolve([value, ...more]) {
    if (value !== "string" || more.length > 0) return "it takes a text.";
    return {
      type: "double",
      operation: { name: "entropy", strict: true, nullable: false, evaluate: (characters) => entropyOf(text(characters)) },
    };
  },
});

function entropyOf(characters: string): number {
  const counts = new Map<number, number>();
  for (let at = 0; at < characters.length; at++) {
    const code = characters.charCodeAt(at);
    counts.set(code, (counts.get(code) ?? 0) + 1);
  }
  let bits = 0;
  for (const count of counts.values()) bits -= (count / characters.length) * Math.log2(count / characters.length);
  return bits + 0;
}
