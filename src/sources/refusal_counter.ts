import type { SourceContext } from "../component/index.ts";
import { type Counter, oneLine } from "../kit/index.ts";

/** Counts what a source refuses, by reason, and says so in the log: the first of a reason, the tenth, the hundredth. */
export class RefusalCounter {
  readonly #context: SourceContext;
  readonly #name: string;
  readonly #help: string;
  readonly #counters = new Map<string, Counter>();

  constructor(context: SourceContext, name: string, help: string) {
    this.#context = context;
    this.#name = name;
    this.#help = help;
  }

  /** `reason` is one of a small fixed set of words, for a label; `sentence` tells a person what was refused and why. */
  add(reason: string, sentence: string, count = 1): void {
    let counter = this.#counters.get(reason);
    if (counter === undefined) {
      counter = this.#context.counters.counter(this.#name, this.#help, { source: this.#context.name, reason });
      this.#counters.set(reason, counter);
    }
    const before = String(counter.value).length;
    const isFirst = counter.value === 0;
    counter.add(count);
    if (!isFirst && String(counter.value).length === before) return;
    this.#context.log.warn(`${this.#context.name}: ${oneLine(sentence, SENTENCE_CHARS_MAX)} (${counter.value} so far)`, { reason });
  }

  /** All that was refused. */
  get total(): number {
    let total = 0;
    for (const { value } of this.#counters.values()) total += value;
    return total;
  }
}

const SENTENCE_CHARS_MAX = 500;
