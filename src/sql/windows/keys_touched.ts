import type { Value } from "../../event/index.ts";
import type { KeyBound } from "../vocabulary.ts";

/**
 * An event of the key has come: takes the key out of `held`, so that whoever sets it again sets it behind all others, and where it is a new one
 * beyond the bound those that no event was of for the longest time. What was held for these is returned.
 */
export function touched<Held>(held: Map<Value, Held>, key: Value, bound: KeyBound): Held[] {
  const gone: Held[] = [];
  if (held.delete(key)) return gone;
  for (const [oldest, one] of held) {
    if (held.size < bound.max) break;
    held.delete(oldest);
    bound.evicted();
    gone.push(one);
  }
  return gone;
}
