import type { Value } from "../../event/index.ts";
import { order } from "../operations/comparison.ts";
import { isNumeric, type Type } from "../plan/type.ts";
import { type Accumulator, type AggregateDefinition, type CellForm, type CellPlace, defineAggregate } from "../vocabulary.ts";

/** `min` and `max` differ in one sign: -1 for the smallest, 1 for the largest. With a filter they are called `fmin` and `fmax`. */
export function extreme(name: string, sign: -1 | 1, filtered = false): AggregateDefinition {
  return defineAggregate({
    name,
    summary: `The ${sign < 0 ? "smallest" : "largest"} value that is not null; null when there is none.`,
    parameters: parametersOf(filtered),
    example: `SELECT host, ${name}(size${filtered ? ", code = 200" : ""}) AS bytes FROM access.win:time_batch(1 min) GROUP BY host`,
    after: "Esper 5.2 reference, 9.2.1 'SQL-standard functions'",
    resolve({ types: [type, ...more], star }) {
      const wrong = wrongArguments(name, type, more.length, star, filtered);
      if (type === undefined || wrong !== undefined) return wrong ?? "it takes a value.";
      return { type, values: 1, open: () => new ExtremeAccumulator(sign), cells: isNumeric(type) ? cells(sign, type) : undefined };
    },
  });
}

/** As `extreme`, of everything there ever was. */
export function extremeEver(name: string, sign: -1 | 1, filtered = false): AggregateDefinition {
  return defineAggregate({
    name,
    summary: `The ${sign < 0 ? "smallest" : "largest"} value that ever came and is not null, whether or not it is still in the window.`,
    parameters: parametersOf(true),
    example: `SELECT host, ${name}(size${filtered ? ", code = 200" : ""}) AS bytes FROM access.win:time_batch(1 min) GROUP BY host`,
    after: "Esper 5.2 reference, 9.2.2 'Ever functions'",
    resolve({ types: [type, ...more], star }) {
      const wrong = wrongArguments(name, type, more.length, star, true);
      if (type === undefined || wrong !== undefined) return wrong ?? "it takes a value.";
      return { type, values: 1, ever: true, open: () => new ExtremeEverAccumulator(sign), cells: undefined };
    },
  });
}

function parametersOf(filtered: boolean): AggregateDefinition["parameters"] {
  const value = { name: "value", kind: "expression", doc: "A number or a string." };
  return filtered ? [value, { name: "filter", kind: "condition", doc: "Only events for which it holds.", optional: true }] : [value];
}

function wrongArguments(name: string, type: Type | undefined, more: number, star: boolean, filtered: boolean): string | undefined {
  if (star || type === undefined) return "it takes a value.";
  if (more > 0 && !filtered) return `with a filter it is called f${name}.`;
  return isNumeric(type) || type === "string" ? undefined : `it takes a number or a string, not a ${type}.`;
}

class ExtremeEverAccumulator implements Accumulator {
  readonly #sign: -1 | 1;
  #best: Value = null;

  constructor(sign: -1 | 1) {
    this.#sign = sign;
  }

  enter([value = null]: readonly Value[]): void {
    if (value !== null && (this.#best === null || order(value, this.#best) * this.#sign > 0)) this.#best = value;
  }

  leave(): void {}

  value(): Value {
    return this.#best;
  }

  save(): unknown {
    return this.#best;
  }

  restore(saved: unknown): void {
    this.#best = saved as Value;
  }
}

/**
 * The values with how often each is held, and a heap of them. A value that is gone stays in the heap until it comes to the top: entering
 * and leaving cost log(n) however the values fall.
 */
class ExtremeAccumulator implements Accumulator {
  readonly #sign: -1 | 1;
  #counts = new Map<Value, number>();
  #heap: Value[] = [];

  constructor(sign: -1 | 1) {
    this.#sign = sign;
  }

  enter([value = null]: readonly Value[]): void {
    if (value === null) return;
    const count = this.#counts.get(value) ?? 0;
    this.#counts.set(value, count + 1);
    if (count === 0) this.#push(value);
  }

  leave([value = null]: readonly Value[]): void {
    if (value === null) return;
    const count = this.#counts.get(value) ?? 0;
    if (count > 1) this.#counts.set(value, count - 1);
    else this.#counts.delete(value);
  }

  value(): Value {
    if (this.#heap.length > 2 * this.#counts.size + HEAP_SLACK) this.#rebuild();
    while (this.#heap.length > 0 && !this.#counts.has(this.#heap[0]!)) this.#pop();
    return this.#heap[0] ?? null;
  }

  save(): unknown {
    return this.#counts;
  }

  restore(saved: unknown): void {
    this.#counts = saved as Map<Value, number>;
    this.#rebuild();
  }

  #rebuild(): void {
    this.#heap = [];
    for (const value of this.#counts.keys()) this.#push(value);
  }

  #before(left: Value, right: Value): boolean {
    return order(left, right) * this.#sign > 0;
  }

  #push(value: Value): void {
    const heap = this.#heap;
    let at = heap.push(value) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#before(value, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = value;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && this.#before(heap[child + 1]!, heap[child]!)) child++;
      if (!this.#before(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
  }
}

/**
 * NaN stands for "none yet". What has come in cannot be taken out of a single number, so there is no `leave`. A long beyond 2^53 does not
 * fit the number either: it stands in `wide`, by the index of its cell.
 */
function cells(sign: -1 | 1, type: Type): CellForm {
  const operator = sign < 0 ? "<=" : ">=";
  const narrow = (at: CellPlace, value: string): string => `if (!(${at.cell(0)} ${operator} ${value})) ${at.cell(0)} = ${value};`;
  const read = (at: CellPlace): string => `(${at.cell(0)} === ${at.cell(0)} ? ${at.cell(0)} : null)`;
  if (type !== "long") return { initial: [Number.NaN], enter: narrow, leave: undefined, result: read, nullable: true };
  return {
    initial: [Number.NaN],
    enter: (at, value) =>
      `if (typeof ${value} === "number" && wide.size === 0) { ${narrow(at, value)} } else enterWide(state, wide, ${at.index(0)}, ${value}, ${sign});`,
    leave: undefined,
    result: (at) => `(wide.size === 0 ? ${read(at)} : (wide.get(${at.index(0)}) ?? ${read(at)}))`,
    nullable: true,
  };
}

const HEAP_SLACK = 64;
