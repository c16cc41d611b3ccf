import { deserialize, serialize } from "node:v8";
import type { Batch, Row, Use } from "../../event/index.ts";
import { assert } from "../../kit/index.ts";
import { layoutOf } from "../generate/columns.ts";
import { type Pair, pairCode, type PairRuntime } from "../generate/pair_code.ts";
import { type PairJoin, pairJoinOf } from "../plan/pair_join.ts";
import type { Plan } from "../plan/plan.ts";
import { stateIdentity } from "../plan/state_identity.ts";
import type { Budget, OutputColumn, Sink, Statement, StatementUsage } from "../statement.ts";
import { deliverByInstant } from "./deliver.ts";
import { PairKeys } from "./pair_keys.ts";
import { PairSide, type SavedSide } from "./pair_side.ts";

/** Runs a join of two targets, by generated code on columns: see `pairJoinOf` for which. */
export class PairJoinStatement implements Statement, PairRuntime {
  readonly keys: PairKeys;
  readonly sides: readonly [PairSide, PairSide];
  dueMs = Number.POSITIVE_INFINITY;
  nowMs: number;
  readonly #plan: Plan;
  readonly #join: PairJoin;
  readonly #budget: Budget;
  readonly #sink: Sink;
  readonly #slots: readonly [readonly number[], readonly number[]];
  readonly #pairs = new Map<string, Pair>();
  #refused = 0;

  /** `plan` is one of which `pairJoinOf` gives something. */
  constructor({ plan, startMs, budget, sink }: { plan: Plan; startMs: number; budget: Budget; sink: Sink }) {
    const join = pairJoinOf(plan);
    assert(join !== undefined, "a statement for joins of two targets was given another plan");
    this.#plan = plan;
    this.#join = join;
    this.keys = new PairKeys(join.nulls);
    this.#budget = budget;
    this.#sink = sink;
    this.nowMs = startMs;
    this.#slots = [slotsOf(plan, 0), slotsOf(plan, 1)];
    this.sides = [
      new PairSide(this.keys, join.paces[0], this.#slots[0].length),
      new PairSide(this.keys, join.paces[1], this.#slots[1].length),
    ];
  }

  get name(): string {
    return this.#plan.name;
  }

  get columns(): readonly OutputColumn[] {
    return this.#plan.items.map(({ name, type }) => ({ name, type }));
  }

  get insertInto(): undefined {
    return undefined;
  }

  get reading(): Plan["reading"] {
    return this.#plan.reading;
  }

  get demand(): ReadonlyMap<string, ReadonlyMap<string, Use>> {
    return new Map(
      this.#plan.streams.map(({ target, demand, schema }, stream) => {
        // The string that events are found by is wanted by its code.
        const key = schema.fields[this.#join.keys[stream]!]!;
        return [target, key.type === "string" ? new Map(demand).set(key.name, "key") : demand];
      }),
    );
  }

  accept(batch: Batch): void {
    const rows: Row[] = [];
    const instants: number[] = [];
    const stream = this.#plan.streams[0]!.target === batch.schema.target ? 0 : 1;
    this.#pair(stream, batch)(this, batch.size, batch.times, batch.columns, rows, instants);
    deliverByInstant(this.#sink, rows, instants);
  }

  advanceTo(timeMs: number): void {
    if (timeMs <= this.nowMs) return;
    this.nowMs = timeMs;
    this.expire(timeMs);
  }

  finish(): void {}

  nextDueMs(): number | undefined {
    return this.dueMs === Number.POSITIVE_INFINITY ? undefined : this.dueMs;
  }

  expire(nowMs: number): void {
    const [left, right] = this.sides;
    left.expire(nowMs);
    right.expire(nowMs);
    this.dueMs = Math.min(left.dueMs, right.dueMs);
  }

  admits(): boolean {
    if (this.sides[0].size + this.sides[1].size < this.#budget.events_max) return true;
    this.#refused++;
    return false;
  }

  save(): Uint8Array {
    return serialize([STATE_VERSION, stateIdentity(this.#plan), this.nowMs, this.#refused, this.sides.map((side) => side.save())]);
  }

  restore(saved: Uint8Array): boolean {
    const [version, identity, nowMs, refused, sides] = deserialize(saved) as [string, string, number, number, SavedSide[]];
    if (version !== STATE_VERSION || identity !== stateIdentity(this.#plan)) return false;
    this.nowMs = nowMs;
    this.#refused = refused;
    for (const [stream, side] of sides.entries()) this.sides[stream]!.restore(side);
    this.dueMs = Math.min(...this.sides.map((side) => side.dueMs));
    return true;
  }

  usage(): StatementUsage {
    const events = this.sides[0].size + this.sides[1].size;
    const fields = this.sides[0].size * this.#slots[0].length + this.sides[1].size * this.#slots[1].length;
    return { groups: 0, events, bytes: events * EVENT_BYTES + fields * FIELD_BYTES, refused: this.#refused, evicted: 0 };
  }

  close(): void {
    this.keys.close();
  }

  #pair(stream: 0 | 1, batch: Batch): Pair {
    const layout = layoutOf(batch, this.#slots[stream]);
    const signature = `${stream};${layout}`;
    let pair = this.#pairs.get(signature);
    if (pair === undefined) {
      if (this.#pairs.size >= LAYOUTS_MAX) this.#pairs.clear();
      pair = pairCode({ plan: this.#plan, join: this.#join, slots: this.#slots, stream, layout });
      this.#pairs.set(signature, pair);
    }
    return pair;
  }
}

function slotsOf({ streams }: Plan, stream: number): number[] {
  const { schema, demand } = streams[stream]!;
  return schema.fields.filter(({ name }) => demand.has(name)).map(({ slot }) => slot);
}

const STATE_VERSION = "pairs 1";
const LAYOUTS_MAX = 32;
/** Time, number of the key and chain of an event, with what stands free in the ring; and a reference of a field with the string it is shared with. */
const EVENT_BYTES = 32;
const FIELD_BYTES = 24;
