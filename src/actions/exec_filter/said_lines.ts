import { type Clock, type Counter, oneLine } from "../../kit/index.ts";

export interface SaidLinesOptions {
  readonly clock: Clock;
  readonly dropped: Counter;
  readonly tell: (line: string) => void;
}

/**
 * What programs say on standard error, line by line: `LINES_MAX` in any ten seconds are told, the rest is counted. It is always read, for a
 * program whose pipe is full stands still.
 */
export class SaidLines {
  readonly #options: SaidLinesOptions;
  #sinceMs = Number.NEGATIVE_INFINITY;
  #told = 0;
  #rest = "";

  constructor(options: SaidLinesOptions) {
    this.#options = options;
  }

  add(piece: Buffer): void {
    const lines = `${this.#rest}${piece.toString("utf8")}`.split("\n");
    this.#rest = (lines.pop() ?? "").slice(0, LINE_CHARS_MAX);
    for (const line of lines) if (line.trim() !== "") this.#say(line);
  }

  #say(line: string): void {
    const { clock, dropped, tell } = this.#options;
    if (clock.nowMs() - this.#sinceMs >= PERIOD_MS) {
      this.#sinceMs = clock.nowMs();
      this.#told = 0;
    }
    this.#told++;
    if (this.#told <= LINES_MAX) return tell(oneLine(line, LINE_CHARS_MAX));
    if (this.#told === LINES_MAX + 1) tell("it says more than can be told; the rest of these ten seconds is counted.");
    dropped.add();
  }
}

const PERIOD_MS = 10_000;
const LINES_MAX = 20;
const LINE_CHARS_MAX = 500;
