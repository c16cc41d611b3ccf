import { JsonWalker } from "./json/json_walker.ts";

/**
 * Where in a JSON text the value stands that `path` leads to, key by key from the top: its bytes `[start, end)`. Undefined when there is none, or
 * the text is not JSON. Keys are compared as they are written; of one that stands twice the first counts.
 */
export function jsonPlace(bytes: Buffer, path: readonly string[]): { readonly start: number; readonly end: number } | undefined {
  const walker = new JsonWalker();
  walker.open(bytes, bytes.length);
  let start = walker.blank(0);
  const whole = walker.value(start);
  if (whole < 0 || walker.blank(whole) !== bytes.length) return undefined;
  for (const key of path) {
    const found = memberAt(walker, bytes, start, key);
    if (found === undefined) return undefined;
    start = found;
  }
  return { start, end: walker.value(start) };
}

/** Where the value of `key` begins in the object at `start`, which is known to be JSON. */
function memberAt(walker: JsonWalker, bytes: Buffer, start: number, key: string): number | undefined {
  if (bytes[start] !== OPEN) return undefined;
  let at = walker.blank(start + 1);
  while (bytes[at] === QUOTE) {
    const keyEnd = walker.value(at);
    const valueAt = walker.blank(walker.blank(keyEnd) + 1);
    if (bytes.toString("utf8", at + 1, keyEnd - 1) === key) return valueAt;
    const after = walker.blank(walker.value(valueAt));
    at = bytes[after] === COMMA ? walker.blank(after + 1) : after;
  }
  return undefined;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN = 0x7b;
