import type { Fit } from "./place.ts";

/** The items a place of `capacity` takes, the highest priorities first, the earlier first among equals; the others are beyond it. */
export function shareOf<Item>(
  wanted: readonly Item[],
  capacity: number | undefined,
  { keyOf, priorityOf }: { readonly keyOf: (item: Item) => string; readonly priorityOf: (item: Item) => number },
): Fit<Item> {
  if (capacity === undefined || wanted.length <= capacity) return { within: wanted, beyond: new Map(), covered: new Map() };
  const ranked = wanted.toSorted((a, b) => priorityOf(b) - priorityOf(a));
  const why = `it holds ${capacity} and is full of what comes first`;
  return {
    within: ranked.slice(0, capacity),
    beyond: new Map(ranked.slice(capacity).map((item) => [keyOf(item), why])),
    covered: new Map(),
  };
}
