import { type Clock, type LevelledLog, LOG_LEVELS, type LogFields, type LogLevel, oneLine } from "../kit/index.ts";

/** One line of the log, as the RPC and the API show it. */
export interface LogLine {
  /** In the time zone of the daemon: `2026-11-20 10:00:00 +0000` */
  readonly time: string;
  readonly level: LogLevel;
  readonly line: string;
}

/** The latest lines of the log of the daemon, the oldest first. */
export interface LogLines {
  read(): readonly LogLine[];
}

/** A log that remembers its latest lines and writes all of them to another one. */
export class RememberedLog implements LevelledLog, LogLines {
  readonly #log: LevelledLog;
  readonly #clock: Clock;
  readonly #linesMax: number;
  #lines: { readonly timeMs: number; readonly level: LogLevel; readonly line: string }[] = [];

  constructor(log: LevelledLog, { clock, linesMax }: { readonly clock: Clock; readonly linesMax: number }) {
    this.#log = log;
    this.#clock = clock;
    this.#linesMax = linesMax;
  }

  get level(): LogLevel {
    return this.#log.level;
  }

  set level(level: LogLevel) {
    this.#log.level = level;
  }

  read(): LogLine[] {
    return this.#lines.slice(-this.#linesMax).map(({ timeMs, level, line }) => ({ time: shownTime(timeMs), level, line }));
  }

  debug(sentence: string, fields?: LogFields): void {
    this.#write("debug", sentence, fields);
  }

  info(sentence: string, fields?: LogFields): void {
    this.#write("info", sentence, fields);
  }

  warn(sentence: string, fields?: LogFields): void {
    this.#write("warn", sentence, fields);
  }

  error(sentence: string, fields?: LogFields): void {
    this.#write("error", sentence, fields);
  }

  #write(level: LogLevel, sentence: string, fields: LogFields | undefined): void {
    if (LOG_LEVELS.indexOf(level) >= LOG_LEVELS.indexOf(this.level)) {
      this.#lines.push({ timeMs: this.#clock.nowMs(), level, line: oneLine(sentence, LINE_CHARS_MAX) });
      if (this.#lines.length >= 2 * this.#linesMax) this.#lines = this.#lines.slice(-this.#linesMax);
    }
    this.#log[level](sentence, fields);
  }
}

function shownTime(timeMs: number): string {
  const time = new Date(timeMs);
  const two = (value: number): string => String(value).padStart(2, "0");
  const east = -time.getTimezoneOffset();
  const offset = `${east < 0 ? "-" : "+"}${two(Math.floor(Math.abs(east) / 60))}${two(Math.abs(east) % 60)}`;
  const date = [time.getFullYear(), two(time.getMonth() + 1), two(time.getDate())].join("-");
  return `${date} ${[time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(":")} ${offset}`;
}

const LINE_CHARS_MAX = 2000;
