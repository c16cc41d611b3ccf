/** Where a written time without an offset of its own is meant: how far that is east of Greenwich, which may change with the season. */
export interface TimeZone {
  /** Epoch ms of what a clock on the wall shows there, given as if it were UTC. In the hour that a change repeats, the first one. */
  utcMs(wallMs: number): number;
}

/** `UTC`, `local` (of this machine), an offset such as `+09:00`, or a name such as `Asia/Tokyo`. Undefined for what is none of these. */
export function timeZoneOf(text: string): TimeZone | undefined {
  if (text === "UTC" || text === "Z") return UTC;
  if (text === "local") return LOCAL;
  const offset = /^([+-])(\d\d):?(\d\d)$/.exec(text);
  if (offset !== null) {
    const minutes = Number(offset[2]) * 60 + Number(offset[3]);
    if (minutes > OFFSET_MINUTES_MAX || Number(offset[3]) > 59) return undefined;
    return fixed((offset[1] === "-" ? -minutes : minutes) * 60_000);
  }
  try {
    return new NamedZone(text);
  } catch {
    return undefined;
  }
}

function fixed(eastMs: number): TimeZone {
  return { utcMs: (wallMs) => wallMs - eastMs };
}

const UTC = fixed(0);

const LOCAL: TimeZone = {
  utcMs: (wallMs) => {
    const wall = new Date(wallMs);
    const [year, month, day] = [wall.getUTCFullYear(), wall.getUTCMonth(), wall.getUTCDate()];
    const [hour, minute, second, ms] = [wall.getUTCHours(), wall.getUTCMinutes(), wall.getUTCSeconds(), wall.getUTCMilliseconds()];
    return new Date(year, month, day, hour, minute, second, ms).getTime();
  },
};

/** A zone of the IANA database. Asking it costs some microseconds, so the offset of each quarter of an hour is remembered. */
class NamedZone implements TimeZone {
  readonly #format: Intl.DateTimeFormat;
  readonly #eastMs = new Map<number, number>();

  constructor(name: string) {
    this.#format = new Intl.DateTimeFormat("en-US", {
      timeZone: name,
      hourCycle: "h23",
      year: "numeric",
      month: "numeric",
      day: "numeric",
      hour: "numeric",
      minute: "numeric",
      second: "numeric",
    });
  }

  utcMs(wallMs: number): number {
    const quarter = Math.floor(wallMs / QUARTER_MS);
    let eastMs = this.#eastMs.get(quarter);
    if (eastMs === undefined) {
      const startMs = quarter * QUARTER_MS;
      // The offset before, and with it the one that holds then: two steps are enough wherever a zone changes by less than a day.
      const before = this.#eastOf(startMs - 86_400_000);
      eastMs = this.#eastOf(startMs - before) === before ? before : this.#eastOf(startMs - this.#eastOf(startMs));
      if (this.#eastMs.size >= QUARTERS_MAX) this.#eastMs.clear();
      this.#eastMs.set(quarter, eastMs);
    }
    return wallMs - eastMs;
  }

  #eastOf(utcMs: number): number {
    const parts = new Map(this.#format.formatToParts(utcMs).map(({ type, value }) => [type, Number(value)]));
    const of = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
    return Date.UTC(of("year"), of("month") - 1, of("day"), of("hour"), of("minute"), of("second")) - utcMs;
  }
}

const OFFSET_MINUTES_MAX = 14 * 60;
const QUARTER_MS = 900_000;
const QUARTERS_MAX = 10_000;
