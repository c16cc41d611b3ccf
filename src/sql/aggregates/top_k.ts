import type { Value } from "../../event/index.ts";
import { order } from "../operations/comparison.ts";
import { identityOf } from "../runtime/group.ts";
import { listOf } from "../plan/type.ts";
import { valueText } from "../plan/value_text.ts";
import { type Accumulator, defineAggregate } from "../vocabulary.ts";
import { FrequentValues } from "./frequent_values.ts";

export const topK = defineAggregate({
  name: "top_k",
  summary:
    "The most frequent values, the most frequent first; of equally frequent ones the smaller first, of hashes and arrays that whose text " +
    "comes first. Exact while there are at most 1000 different values in the window; beyond, a value with more than a thousandth of the events is never missed, and one may stand too high " +
    "by that share of them.",
  parameters: [
    { name: "value", kind: "expression", doc: "What is counted; null is not." },
    { name: "k", kind: "count", doc: `How many: a constant from 1 to 100.` },
    { name: "filter", kind: "condition", doc: "Only events for which it holds.", optional: true },
  ],
  example: "SELECT host, top_k(path, 3) AS paths FROM access.win:time_batch(1 min) GROUP BY host",
  after: "Hotaka; Space-Saving (Metwally et al. 2005), with deletions (Zhao et al. 2021)",
  resolve({ types: [type], constants, star }) {
    const k = constants[1];
    if (star || type === undefined) return "it takes a value.";
    if (typeof k !== "number" || !Number.isInteger(k) || k < 1 || k > K_MAX) return `its k is a constant whole number from 1 to ${K_MAX}.`;
    return { type: listOf(type), values: 1, constants: 1, open: () => new TopK(k), cells: undefined };
  },
});

class TopK implements Accumulator {
  readonly #k: number;
  readonly #values = new FrequentValues<Value>(TRACKED_MAX);
  /** The values by identity, for those that are not their own. */
  readonly #nested = new Map<Value, Value>();

  constructor(k: number) {
    this.#k = k;
  }

  enter([value = null]: readonly Value[]): void {
    if (value === null) return;
    const identity = identityOf([value]);
    const evicted = this.#values.add(identity);
    if (evicted !== undefined) this.#nested.delete(evicted);
    if (identity !== value) this.#nested.set(identity, value);
  }

  leave([value = null]: readonly Value[]): void {
    if (value === null) return;
    const gone = this.#values.delete(identityOf([value]));
    if (gone !== undefined) this.#nested.delete(gone);
  }

  value(): Value {
    const all = [...this.#values].map(([identity, count]) => ({ value: this.#nested.get(identity) ?? identity, identity, count }));
    // Of any two values the same one comes first, in whatever order they came.
    all.sort(
      (left, right) =>
        right.count - left.count || order(left.value, right.value) || order(valueText(left.identity), valueText(right.identity)),
    );
    return all.slice(0, this.#k).map(({ value }) => value);
  }

  save(): unknown {
    return [this.#values.save(), this.#nested];
  }

  restore(saved: unknown): void {
    const [values, nested] = saved as [unknown, Map<Value, Value>];
    this.#values.restore(values);
    this.#nested.clear();
    for (const [identity, value] of nested) this.#nested.set(identity, value);
  }
}

const K_MAX = 100;
const TRACKED_MAX = 1000;
