/** A value as JSON in which a long beyond 2^53, which JSON does not have, is its digits and an `n`. */
export function valueText(value: unknown): string {
  return JSON.stringify(value, (_name, item: unknown) => (typeof item === "bigint" ? `${item}n` : item));
}
