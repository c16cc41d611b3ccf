import { deserialize, serialize } from "node:v8";
import type { OpenStatement } from "../../src/catalog/index.ts";
import { type Batch, type Use, type Value, valueAt } from "../../src/event/index.ts";
import { HotakaError } from "../../src/kit/index.ts";
import type { Delivery, Sink, Statement } from "../../src/sql/index.ts";

/**
 * A statement that needs no SQL: counts the events of a field's values in windows of a minute, on a grid whose anchor is the first event,
 * or with `eager` the start of the statement. Its text is `TARGET.FIELD`, with ` each` behind it to give every event as a row at
 * once instead, and ` broken` to throw at the first event.
 */
export const openTumblingCount: OpenStatement = ({ name, text, schemas, startMs, sink }) => {
  const [source = "", mode = ""] = text.split(" ");
  const [target = "", field = ""] = source.split(".");
  const schema = schemas.get(target);
  if (schema === undefined)
    throw new HotakaError("HOTAKA_SQL_UNKNOWN_TARGET", `query "${name}": there is no target "${target}".`, { details: { target } });
  if (schema.field(field) === undefined)
    throw new HotakaError("HOTAKA_SQL_UNKNOWN_FIELD", `query "${name}": there is no "${field}".`, {
      details: { field, targets: [target] },
    });
  return new TumblingCount({ name, target, field, mode, startMs, sink });
};

interface Options {
  readonly name: string;
  readonly target: string;
  readonly field: string;
  readonly mode: string;
  readonly startMs: number;
  readonly sink: Sink;
}

class TumblingCount implements Statement {
  readonly name: string;
  readonly columns = [{ name: "value", type: "string" }];
  readonly demand: ReadonlyMap<string, ReadonlyMap<string, Use>>;
  readonly insertInto = undefined;
  readonly reading: Statement["reading"];
  readonly #field: string;
  readonly #mode: string;
  readonly #sink: Sink;
  #nowMs: number;
  #endMs: number | undefined;
  #counts = new Map<string, number>();

  constructor({ name, target, field, mode, startMs, sink }: Options) {
    this.name = name;
    this.demand = new Map([[target, new Map([[field, "key"]])]]);
    this.reading = { required: new Map([[target, new Set([field])]]), wildcards: new Set() };
    this.#field = field;
    this.#mode = mode;
    this.#sink = sink;
    this.#nowMs = startMs;
    if (mode === "eager") this.#endMs = startMs + MINUTE_MS;
  }

  accept(batch: Batch): void {
    if (this.#mode === "broken") throw new TypeError("it is broken");
    const column = batch.columns[batch.schema.field(this.#field)!.slot];
    for (let row = 0; row < batch.size; row++) {
      this.advanceTo(batch.times[row]!);
      const value = textOf(valueAt(column, row));
      if (this.#mode === "each") this.#give({ timeMs: this.#nowMs, endMs: this.#nowMs, rows: [{ value }], removed: [] });
      else {
        this.#endMs ??= this.#nowMs + MINUTE_MS;
        this.#counts.set(value, (this.#counts.get(value) ?? 0) + 1);
      }
    }
  }

  advanceTo(timeMs: number): void {
    while (this.#endMs !== undefined && this.#endMs <= timeMs) {
      const rows = [...this.#counts].map(([value, count]) => ({ value, count }));
      this.#counts = new Map();
      const endMs = this.#endMs;
      this.#endMs = endMs + MINUTE_MS;
      if (rows.length > 0) this.#give({ timeMs: endMs, endMs, rows, removed: [] });
    }
    this.#nowMs = Math.max(this.#nowMs, timeMs);
  }

  finish(): void {
    // Its windows are closed by time alone.
  }

  nextDueMs(): number | undefined {
    return this.#endMs;
  }

  save(): Uint8Array {
    const state: State = { field: this.#field, nowMs: this.#nowMs, endMs: this.#endMs, counts: this.#counts };
    return serialize(state);
  }

  restore(saved: Uint8Array): boolean {
    const state: unknown = deserialize(saved);
    if (!isState(state) || state.field !== this.#field) return false;
    this.#nowMs = state.nowMs;
    this.#endMs = state.endMs;
    this.#counts = state.counts;
    return true;
  }

  usage() {
    return { groups: this.#counts.size, events: 0, bytes: 0, refused: 0, evicted: 0 };
  }

  close(): void {
    this.#counts.clear();
  }

  #give(delivery: Delivery): void {
    this.#sink(delivery);
  }
}

interface State {
  readonly field: string;
  readonly nowMs: number;
  readonly endMs: number | undefined;
  readonly counts: Map<string, number>;
}

function isState(state: unknown): state is State {
  return typeof state === "object" && state !== null && "counts" in state;
}

function textOf(value: Value): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

const MINUTE_MS = 60_000;
