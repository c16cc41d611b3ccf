/**
 * Milliseconds of a duration as people write it in settings: `90s`, `1h`, `1 min 30 sec`, `250ms`, `7 days`, `0`.
 * Undefined when the text is not one, or is beyond 2^53 ms. A bare number other than 0 has no unit and is refused.
 */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim().toLowerCase();
  if (trimmed === "0") return 0;
  let totalMs = 0;
  let rest = trimmed;
  while (rest !== "") {
    const part = /^(\d{1,15}(?:\.\d{1,9})?)\s*([a-z]+)\s*/.exec(rest);
    const unitMs = part === null ? undefined : UNITS_MS.get(part[2] ?? "");
    if (part === null || unitMs === undefined) return undefined;
    totalMs += Number(part[1]) * unitMs;
    rest = rest.slice(part[0].length);
  }
  return trimmed === "" || totalMs > Number.MAX_SAFE_INTEGER ? undefined : Math.round(totalMs);
}

/** A duration for people: at most two units, the largest first, as `1h 5m`, `3s`, `250ms`. */
export function formatDuration(durationMs: number): string {
  const wholeMs = Math.round(durationMs);
  if (wholeMs < 0) return `-${formatDuration(-wholeMs)}`;
  if (wholeMs < 1000) return `${wholeMs === 0 ? 0 : wholeMs}ms`;
  const parts: string[] = [];
  let restMs = Math.round(wholeMs / 1000) * 1000;
  for (const [name, unitMs] of SHOWN_UNITS) {
    const count = Math.floor(restMs / unitMs);
    if (count > 0 && parts.length < 2) {
      parts.push(`${count}${name}`);
      restMs -= count * unitMs;
    } else if (parts.length > 0) {
      break;
    }
  }
  return parts.join(" ");
}

const SHOWN_UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
] as const;

const UNITS_MS: ReadonlyMap<string, number> = new Map(
  Object.entries({
    1: ["ms", "msec", "msecs", "millisecond", "milliseconds"],
    1000: ["s", "sec", "secs", "second", "seconds"],
    60_000: ["m", "min", "mins", "minute", "minutes"],
    3_600_000: ["h", "hour", "hours"],
    86_400_000: ["d", "day", "days"],
    604_800_000: ["w", "week", "weeks"],
  }).flatMap(([unitMs, names]) => names.map((name) => [name, Number(unitMs)] as const)),
);
