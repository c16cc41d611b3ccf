import { type Clock, type LevelledLog, LOG_LEVELS, type LogFields, type LogLevel, oneLine } from "../kit/index.ts";
import type { Screen } from "./terminal.ts";

/**
 * The log of a daemon: lines for a person on a terminal, JSON elsewhere, on the standard error of the process. pino is loaded here, and
 * only where it is used.
 */
export async function openDaemonLog({ screen, clock }: { readonly screen: Screen; readonly clock: Clock }): Promise<LevelledLog> {
  if (screen.isTerminal) return new HumanLog(screen, clock);
  const { destination } = await import("pino");
  // Synchronous: the last line before an end is the one that says why.
  return openJsonLog(destination({ fd: 2, sync: true }));
}

/** `10:00:00  warn  sentence`: the time is that of the terminal. Fields are for machines, and left out. */
export class HumanLog implements LevelledLog {
  level: LogLevel = "info";
  readonly #screen: Screen;
  readonly #clock: Clock;

  constructor(screen: Screen, clock: Clock) {
    this.#screen = screen;
    this.#clock = clock;
  }

  debug(sentence: string): void {
    this.#write("debug", sentence);
  }

  info(sentence: string): void {
    this.#write("info", sentence);
  }

  warn(sentence: string): void {
    this.#write("warn", sentence);
  }

  error(sentence: string): void {
    this.#write("error", sentence);
  }

  #write(level: LogLevel, sentence: string): void {
    if (LOG_LEVELS.indexOf(level) < LOG_LEVELS.indexOf(this.level)) return;
    const time = this.#screen.style("dim", new Date(this.#clock.nowMs()).toTimeString().slice(0, 8));
    const mark = level === "info" ? "" : `${this.#screen.style(COLOURS[level], level)}  `;
    // Settings give a line for each problem; each becomes a line here too.
    for (const line of sentence.split("\n")) this.#screen.write(`${time}  ${mark}${oneLine(line, LINE_CHARS_MAX)}\n`);
  }
}

/** A log whose lines are JSON, written to `out` one by one. */
export async function openJsonLog(out: { write(line: string): void }): Promise<LevelledLog> {
  const { pino, stdTimeFunctions } = await import("pino");
  const logger = pino({ base: null, timestamp: stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } }, out);
  const write =
    (level: LogLevel) =>
    (sentence: string, fields: LogFields = {}): void =>
      logger[level](fields, sentence);
  return {
    debug: write("debug"),
    info: write("info"),
    warn: write("warn"),
    error: write("error"),
    get level() {
      return LOG_LEVELS.find((level) => level === logger.level) ?? "info";
    },
    set level(level) {
      logger.level = level;
    },
  };
}

const COLOURS = { debug: "dim", warn: "yellow", error: "red" } as const;
const LINE_CHARS_MAX = 2000;
