import type { Clock, Counters } from "../kit/index.ts";
import { ExpiringTable } from "./expiring_table.ts";

/** The tables of one daemon, by name. */
export class Tables {
  readonly #clock: Clock;
  readonly #counters: Counters;
  readonly #tables = new Map<string, ExpiringTable>();

  constructor({ clock, counters }: { readonly clock: Clock; readonly counters: Counters }) {
    this.#clock = clock;
    this.#counters = counters;
  }

  /** The table of that name with room for so many entries; made when there is none, given other room when there is. */
  open(name: string, entriesMax: number): ExpiringTable {
    let table = this.#tables.get(name);
    if (table === undefined) {
      table = new ExpiringTable({ name, entriesMax, clock: this.#clock, counters: this.#counters });
      this.#tables.set(name, table);
    }
    table.entriesMax = entriesMax;
    return table;
  }

  get(name: string): ExpiringTable | undefined {
    return this.#tables.get(name);
  }

  names(): string[] {
    return [...this.#tables.keys()].toSorted();
  }

  close(): void {
    for (const table of this.#tables.values()) table.close();
  }
}
