import { batchOf, type Row, Schema } from "../../event/index.ts";
import { assert } from "../../kit/index.ts";
import { openStatement } from "../open.ts";
import { planOf, type StatementOptions } from "../plan_of.ts";
import type { Sink, Statement } from "../statement.ts";

type ChainOptions = Pick<StatementOptions, "startMs" | "engine"> & { readonly schemas: Map<string, Schema> };

/**
 * Statements that feed each other by INSERT INTO, on one clock. As in Esper, a row becomes an event when every statement has seen the event
 * or the instant that it is of; time stops for all of them wherever one of them is due.
 */
export class Chain {
  readonly #options: ChainOptions;
  readonly #links: { readonly open: () => Statement; statement: Statement }[] = [];
  readonly #inserted: { readonly target: string; readonly row: Row }[] = [];
  #nowMs: number;

  constructor(options: ChainOptions) {
    this.#options = options;
    this.#nowMs = options.startMs;
  }

  /** Starts a statement. The target of its INSERT INTO comes into being with it. Throws HOTAKA_SQL_*. */
  add(name: string, text: string, sink?: Sink): void {
    const { schemas } = this.#options;
    const { insertInto } = planOf({ name, text, schemas, inserts: () => false });
    if (insertInto !== undefined) {
      const schema = schemas.get(insertInto.target) ?? new Schema(insertInto.target);
      for (const field of insertInto.fields) schema.add(field.name, field.type);
      schemas.set(insertInto.target, schema);
    }
    const open = (): Statement =>
      openStatement({
        ...this.#options,
        inserts: () => false,
        name,
        text,
        sink: (delivery) => {
          for (const row of delivery.inserted ?? []) this.#inserted.push({ target: insertInto!.target, row });
          sink?.(delivery);
        },
      });
    this.#links.push({ open, statement: open() });
  }

  accept(target: string, record: Row): void {
    this.#inserted.push({ target, row: record });
    this.#acceptInserted();
  }

  advanceTo(timeMs: number): void {
    for (;;) {
      const due = this.#links.map(({ statement }) => statement.nextDueMs()).filter((dueMs) => dueMs !== undefined);
      const dueMs = Math.min(...due, timeMs);
      this.#nowMs = Math.max(this.#nowMs, dueMs);
      for (const { statement } of this.#links) statement.advanceTo(dueMs);
      this.#acceptInserted();
      const next = Math.min(...this.#links.map(({ statement }) => statement.nextDueMs() ?? Number.POSITIVE_INFINITY));
      if (dueMs >= timeMs && next > timeMs) return;
    }
  }

  /** Events in their order, with those that come of them behind. */
  #acceptInserted(): void {
    for (let event = this.#inserted.shift(); event !== undefined; event = this.#inserted.shift()) {
      const schema = this.#options.schemas.get(event.target);
      if (schema === undefined) continue;
      for (const { statement } of this.#links)
        if (statement.demand.has(event.target)) statement.accept(batchOf(schema, [event.row], [this.#nowMs]));
    }
  }

  /** Every statement is saved, and another one goes on from there. */
  restart(): void {
    for (const link of this.#links) {
      const next = link.open();
      assert(next.restore(link.statement.save()), "a statement did not take up what one of the same text had saved");
      link.statement = next;
    }
  }
}
