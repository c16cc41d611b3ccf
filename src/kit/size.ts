/**
 * Bytes of a size as people write it in settings: `64MB`, `512 KiB`, `1.5 GB`, `0`. Undefined when the text is not one. K, M, G and T
 * count by 1024 with or without the `i`, as memory is counted. A bare number other than 0 has no unit and is refused.
 */
export function parseSize(text: string): number | undefined {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === "0") return 0;
  const parts = /^(\d{1,15}(?:\.\d{1,6})?)\s*(?:([kmgt])i?)?b?$/.exec(trimmed);
  if (parts === null || /\d$/.test(trimmed)) return undefined;
  return Math.round(Number(parts[1]) * 1024 ** (PREFIXES.indexOf(parts[2] ?? "") + 1));
}

/** A size for people: three digits and the largest unit that leaves at least one, as `1.25 MB`, `512 bytes`. */
export function formatSize(bytes: number): string {
  if (bytes < 1024) return `${Math.round(bytes)} bytes`;
  const power = Math.min(Math.floor(Math.log2(bytes) / 10), PREFIXES.length);
  const amount = bytes / 1024 ** power;
  return `${amount >= 100 ? amount.toFixed(0) : amount.toPrecision(3)} ${PREFIXES[power - 1]?.toUpperCase() ?? ""}B`;
}

const PREFIXES = ["k", "m", "g", "t"];
