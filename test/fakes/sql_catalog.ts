import { Catalog, type CatalogOptions } from "../../src/catalog/index.ts";
import { Counters, silentLog, VirtualClock } from "../../src/kit/index.ts";
import { openStatement } from "../../src/sql/index.ts";

/** The beginning of a minute. */
const START_MS = Date.UTC(2026, 0, 1, 12);

/** A catalog that runs SQL, and what a test tells it and asks it. Times are in ms after `START_MS`. */
export class SqlCatalog {
  readonly clock = new VirtualClock(START_MS);
  readonly counters = new Counters();
  readonly catalog: Catalog;
  /** `query@time {row}`, as they come. */
  readonly rows: string[] = [];

  constructor(options: Partial<CatalogOptions> = {}) {
    this.catalog = new Catalog({
      open: openStatement,
      clock: this.clock,
      counters: this.counters,
      log: silentLog,
      output: ({ query, timeMs, rows }) => {
        for (const row of rows) this.rows.push(`${query}@${timeMs - START_MS} ${JSON.stringify(row)}`);
      },
      ...options,
    });
    this.catalog.tick();
  }

  /** Registers a query as a client does, who may name what is not there yet. True if it runs at once. */
  register(name: string, sql: string, group?: string): boolean {
    return this.catalog.register({ name, sql, group }, { opensTargets: true });
  }

  /** Sends events that arrive now. */
  send(target: string, ...events: unknown[]): number | undefined {
    return this.catalog.send(target, events, this.clock.nowMs());
  }

  /** Lets time go by, as the daemon does. */
  pass(ms: number): void {
    for (let left = ms; left > 0; left -= 250) {
      this.clock.advanceTo(this.clock.nowMs() + Math.min(left, 250));
      this.catalog.tick();
    }
  }

  /** What came since it was asked last. */
  taken(): string[] {
    return this.rows.splice(0);
  }

  counted(name: string): number {
    return this.counters.read().reduce((sum, reading) => (reading.name === name ? sum + reading.value : sum), 0);
  }
}
