/** The items a place of `capacity` takes, and those it has no room for: the highest priorities first, the earlier first among equals. */
export function shareOf<Item>(
  wanted: readonly Item[],
  capacity: number | undefined,
  priorityOf: (item: Item) => number,
): { readonly within: readonly Item[]; readonly beyond: readonly Item[] } {
  if (capacity === undefined || wanted.length <= capacity) return { within: wanted, beyond: [] };
  const ranked = wanted.toSorted((a, b) => priorityOf(b) - priorityOf(a));
  return { within: ranked.slice(0, capacity), beyond: ranked.slice(capacity) };
}
