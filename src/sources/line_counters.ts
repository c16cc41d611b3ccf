import type { SourceContext } from "../component/index.ts";
import type { Counter } from "../kit/index.ts";

/** Counts the lines of one log that became no event, and says so in the log: the first one of a kind, the tenth, the hundredth. */
export class LineCounters {
  readonly #context: SourceContext;
  readonly #path: string;
  readonly #refused = new Map<string, Counter>();
  readonly #skipped: Counter;

  constructor(context: SourceContext, path: string) {
    this.#context = context;
    this.#path = path;
    this.#skipped = context.counters.counter("source_lines_skipped", "Lines longer than line_bytes_max, which were not read.", {
      source: context.name,
      path,
    });
  }

  /** A line that is not of the format: `reason` is the part of it that is not. `offset` is where it begins in the log. */
  readonly refused = (reason: string, offset: number): void => {
    let counter = this.#refused.get(reason);
    if (counter === undefined) {
      const labels = { source: this.#context.name, path: this.#path, reason };
      counter = this.#context.counters.counter("source_lines_refused", "Lines that are not of the format of their source.", labels);
      this.#refused.set(reason, counter);
    }
    counter.add();
    if (!isPowerOfTen(counter.value)) return;
    const sentence = `${this.#path}: the line at byte ${offset} is not of the format (its part: ${reason}) and was refused`;
    this.#context.log.warn(`${this.#context.name}: ${sentence}; ${counter.value} so far.`, { path: this.#path, reason, offset });
  };

  /** `count` more lines were too long. */
  skipped(count: number): void {
    if (count === 0) return;
    this.#skipped.add(count);
    if (!isPowerOfTen(this.#skipped.value)) return;
    const sentence = `${this.#path}: a line longer than line_bytes_max was skipped`;
    this.#context.log.warn(`${this.#context.name}: ${sentence}; ${this.#skipped.value} so far.`, { path: this.#path });
  }
}

function isPowerOfTen(count: number): boolean {
  return /^10*$/.test(String(count));
}
