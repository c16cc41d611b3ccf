/** A number that only grows; every bound that drops, refuses or delays something has one. */
export class Counter {
  value = 0;

  add(amount = 1): void {
    this.value += amount;
  }
}

/** A counter as it stood when it was read. */
export interface CounterReading {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly help: string;
  readonly value: number;
}

/** The counters of one process, by name and labels. Names are `snake_case`, the thing counted last: `tail_lines_refused`. */
export class Counters {
  readonly #entries = new Map<string, { name: string; labels: Readonly<Record<string, string>>; help: string; counter: Counter }>();

  /** The counter of that name and these labels; the same one at every call. */
  counter(name: string, help: string, labels: Readonly<Record<string, string>> = {}): Counter {
    const key = JSON.stringify([name, ...Object.entries(labels).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
    let entry = this.#entries.get(key);
    if (entry === undefined) {
      entry = { name, labels, help, counter: new Counter() };
      this.#entries.set(key, entry);
    }
    return entry.counter;
  }

  /** Every counter as it stands now, in order of creation. */
  read(): CounterReading[] {
    return [...this.#entries.values()].map(({ name, labels, help, counter }) => ({ name, labels, help, value: counter.value }));
  }
}
