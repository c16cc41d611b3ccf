import { worded, type Zod } from "../component/index.ts";
import { compileStrptime, isReadable, type ReadTime } from "./strptime.ts";
import { type TimeZone, timeZoneOf } from "./time_zone.ts";

/** How times are written, as settings say it. */
export interface TimeSettings {
  readonly time_format: string;
  readonly time_zone: string;
}

/** The settings of a format whose lines carry a time that may be written in many ways. */
export function timeSettings(z: Zod) {
  return {
    time_format: worded(z, WANTED, (text) => {
      if (NAMED.has(text)) return { value: text };
      const wrong = isReadable(text);
      return wrong === undefined ? { value: text } : { wrong };
    })
      .prefault("auto")
      .describe(
        "How times are written: `iso8601`, `epoch` (seconds, a fraction allowed), `epoch_ms`, a pattern of strptime, or `auto` for " +
          "any of the first three, told apart by their look, and for the times of web servers.",
      ),
    time_zone: timeZoneSetting(z),
  };
}

/** The setting of the zone of times that do not say it themselves. */
export function timeZoneSetting(z: Zod) {
  return worded(z, "UTC, local, an offset such as +09:00 or a name such as Asia/Tokyo", (text) =>
    timeZoneOf(text) === undefined ? undefined : { value: text },
  )
    .prefault("local")
    .describe("Where times without an offset of their own were written: `local` is the zone of this machine.");
}

/** Reads times as settings say they are written. Most lines repeat the time of the line before, which is then not read again. */
export class TimeReader {
  readonly #read: ReadTime;
  readonly #known = Buffer.alloc(KNOWN_BYTES_MAX);
  #knownLength = 0;
  #knownMs = Number.NaN;

  constructor({ time_format: format, time_zone: zone }: TimeSettings) {
    this.#read = readerOf(format, timeZoneOf(zone)!);
  }

  /** Epoch ms of the bytes `[start, end)`, or NaN when they are no such time. `nowMs` tells the year of a time that lacks it. */
  read(bytes: Buffer, start: number, end: number, nowMs: number): number {
    const length = end - start;
    if (length === this.#knownLength && this.#isKnown(bytes, start)) return this.#knownMs;
    if (length > KNOWN_BYTES_MAX || length === 0) return Number.NaN;
    const ms = this.#read(bytes.toString("latin1", start, end), nowMs);
    this.#knownLength = 0;
    if (Number.isNaN(ms)) return ms;
    bytes.copy(this.#known, 0, start, end);
    this.#knownLength = length;
    this.#knownMs = ms;
    return ms;
  }

  #isKnown(bytes: Buffer, start: number): boolean {
    const known = this.#known;
    // What differs from one time to the next stands near the end.
    for (let at = this.#knownLength - 1; at >= 0; at--) if (known[at] !== bytes[start + at]) return false;
    return this.#knownLength > 0;
  }
}

function readerOf(format: string, zone: TimeZone): ReadTime {
  const iso = (text: string): number => readIso(text, zone);
  if (format === SYSLOG) {
    const stamp = compileStrptime("%b %e %H:%M:%S", zone);
    return (text, nowMs) => (text.charCodeAt(0) <= NINE ? iso(text) : stamp(text, nowMs));
  }
  if (!NAMED.has(format)) return compileStrptime(format, zone);
  if (format === "iso8601") return iso;
  if (format === "epoch") return (text) => readEpoch(text, 1000);
  if (format === "epoch_ms") return (text) => readEpoch(text, 1);
  const clf = compileStrptime("%d/%b/%Y:%H:%M:%S %z", zone);
  return (text, nowMs) => {
    if (text.charCodeAt(4) === DASH || text.charCodeAt(4) === SLASH) return iso(text);
    return text.charCodeAt(2) === SLASH ? clf(text, nowMs) : readNumber(text);
  };
}

/** Seconds, or milliseconds, microseconds or nanoseconds, told apart by their size: as seconds each of the others would be beyond the year 5000. */
function readNumber(text: string): number {
  const seconds = readEpoch(text, 1000);
  if (seconds < EPOCH_MS_MAX) return seconds;
  if (seconds < EPOCH_MS_MAX * 1e3) return seconds / 1e3;
  return seconds < EPOCH_MS_MAX * 1e6 ? seconds / 1e6 : seconds / 1e9;
}

function readEpoch(text: string, factor: number): number {
  if (!/^\d{1,20}(?:\.\d{0,9})?$/.test(text)) return Number.NaN;
  // A fraction of seconds that a double cannot hold exactly must not become a millisecond too few.
  return Math.floor(Number(text) * factor + 0.0005);
}

/** A date alone, or with a time behind T or a space: `2024-05-06`, `2024-05-06 12:00`, `2024-05-06T12:00:00.25+09:00`, `2024/05/06 12:00:00`. */
function readIso(text: string, zone: TimeZone): number {
  const parts = ISO.exec(text);
  if (parts === null) return Number.NaN;
  const number = (at: number): number => Number(parts[at] ?? 0);
  const [year, month, day, hour, minute, second] = [number(1), number(2), number(3), number(4), number(5), number(6)];
  if (hour > 23 || minute > 59 || second > 60) return Number.NaN;
  const midnightMs = Date.UTC(year, month - 1, day);
  if (month < 1 || month > 12 || new Date(midnightMs).getUTCDate() !== day) return Number.NaN;
  const ms = Math.floor(Number(`0.${parts[7] ?? "0"}`) * 1000 + 0.0005);
  const wallMs = midnightMs + ((hour * 60 + minute) * 60 + Math.min(second, 59)) * 1000 + ms;
  if (parts[8] === undefined) return zone.utcMs(wallMs);
  const own = timeZoneOf(parts[8].toUpperCase().padEnd(2, "0").length === 3 ? `${parts[8]}:00` : parts[8].toUpperCase());
  return own === undefined ? Number.NaN : own.utcMs(wallMs);
}

const ISO = /^(\d{4})[-/](\d\d)[-/](\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)? ?([Zz]|UTC|[+-]\d\d(?::?\d\d)?)?)?$/;
const WANTED = "iso8601, epoch, epoch_ms, auto, or a pattern such as %d/%b/%Y:%H:%M:%S %z";
const NAMED: ReadonlySet<string> = new Set(["auto", "iso8601", "epoch", "epoch_ms"]);
/** Longer than any time is written. */
const KNOWN_BYTES_MAX = 64;
/** 11 November 5138; as milliseconds 3 March 1973. */
const EPOCH_MS_MAX = 1e14;
/** Not for settings: the two notations of syslog. */
const SYSLOG = "syslog";
const NINE = 0x39;
const DASH = 0x2d;
const SLASH = 0x2f;
