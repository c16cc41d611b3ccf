import { Schema, type Value } from "../../event/index.ts";
import { assert, DueQueue } from "../../kit/index.ts";
import type { ExpressionParameter } from "../plan/parameter.ts";
import { identityOf } from "../runtime/group.ts";
import {
  type Change,
  defineWindow,
  type KeyBound,
  type StatementEvent,
  type Window,
  type WindowForm,
  type WindowServices,
} from "../vocabulary.ts";
import { addFields } from "./derived.ts";
import { touched } from "./keys_touched.ts";
import { expressionsOf } from "./parameters.ts";

export const groupwin = defineWindow({
  name: "std:groupwin",
  summary: "Gives each key windows of its own: those that follow it. It stands first.",
  parameters: [{ name: "key", kind: "expression", doc: "One or more expressions that make the key." }],
  example: "SELECT host, path FROM access.std:groupwin(host).win:length(10)",
  after: "Esper 5.2 reference, 'Grouped Data Window (std:groupwin)'",
  resolve(parameters) {
    const keys = expressionsOf(parameters, "a key");
    if (typeof keys === "string") return keys;
    const around = (inner: WindowForm): WindowForm => ({
      open: (services) => new GroupedWindow(keys, inner, services),
      pace: undefined,
      keyed: true,
      ...(inner.gives === undefined ? {} : { gives: withKeys(inner.gives, keys) }),
    });
    const open = (): never => {
      assert(false, "std:groupwin was opened without the windows it divides");
    };
    return { open, pace: undefined, keyed: true, around };
  },
});

function withKeys(gives: Schema, keys: readonly ExpressionParameter[]): Schema {
  const schema = new Schema(gives.target);
  for (const { name, type } of gives.fields) schema.add(name, type);
  addFields(schema, keys);
  return schema;
}

interface Part {
  readonly number: number;
  readonly key: readonly Value[];
  readonly window: Window;
}

/**
 * A window for each key, made with the first event of the key. They are told of time in the order in which they were made. A part stays
 * for as long as it may remember what was, which most windows do for ever; it counts as one event at least.
 */
class GroupedWindow implements Window {
  readonly #keys: readonly ExpressionParameter[];
  readonly #inner: WindowForm;
  readonly #services: WindowServices;
  readonly #bound: KeyBound | undefined;
  readonly #parts = new Map<Value, Part>();
  readonly #due = new DueQueue<Part>();
  #made = 0;
  #size = 0;

  constructor(keys: readonly ExpressionParameter[], inner: WindowForm, services: WindowServices) {
    this.#keys = keys;
    this.#inner = inner;
    // What is behind it is bounded by the parts that there are.
    this.#services = { ...services, keys: undefined };
    this.#bound = services.keys;
  }

  update(arriving: readonly StatementEvent[], leaving: readonly StatementEvent[], nowMs: number): readonly Change[] {
    const moves = new Map<Part, { arriving: StatementEvent[]; leaving: StatementEvent[] }>();
    const evicted: Part[] = [];
    for (const [events, side] of [
      [arriving, "arriving"],
      [leaving, "leaving"],
    ] as const) {
      for (const event of events) {
        const part = this.#part(event, nowMs, evicted);
        const move = moves.get(part) ?? { arriving: [], leaving: [] };
        move[side].push(event);
        moves.set(part, move);
      }
    }
    const forgotten = evicted.flatMap((part) => this.#evict(part));
    const moved = [...moves].filter(([part]) => !evicted.includes(part));
    return [
      ...forgotten,
      ...moved.flatMap(([part, move]) => this.#told(part, () => part.window.update(move.arriving, move.leaving, nowMs))),
    ];
  }

  nextDueMs(): number | undefined {
    return this.#due.nextDueMs;
  }

  fire(nowMs: number): readonly Change[] {
    const due = this.#due.takeDue(nowMs).toSorted((left, right) => left.number - right.number);
    return due.flatMap((part) => this.#told(part, () => part.window.fire!(nowMs)));
  }

  finish(): readonly Change[] {
    return [...this.#parts.values()].flatMap((part) => this.#told(part, () => part.window.finish?.() ?? []));
  }

  *contents(): Generator<StatementEvent> {
    for (const part of this.#parts.values()) for (const event of part.window.contents()) yield this.#withKey(event, part);
  }

  size(): number {
    return this.#size;
  }

  save(): unknown {
    return [...this.#parts.values()].map(({ key, window }) => [key, window.save()]);
  }

  restore(saved: unknown): void {
    for (const [key, window] of saved as [Value[], unknown][]) {
      const part = this.#open(key);
      this.#told(part, () => {
        part.window.restore(window);
        return [];
      });
    }
  }

  #part(event: StatementEvent, nowMs: number, evicted: Part[]): Part {
    const key = this.#keys.map((parameter) => this.#services.evaluate(parameter, event));
    const identity = identityOf(key);
    const known = this.#parts.get(identity);
    if (this.#bound !== undefined) evicted.push(...touched(this.#parts, identity, this.#bound));
    if (known !== undefined) {
      if (this.#bound !== undefined) this.#parts.set(identity, known);
      return known;
    }
    const part = this.#open(key);
    part.window.start?.(nowMs);
    return part;
  }

  #open(key: readonly Value[]): Part {
    const part = { number: this.#made++, key, window: this.#inner.open(this.#services) };
    this.#parts.set(identityOf(key), part);
    this.#size++;
    return part;
  }

  /** Tells a part something, and notes how much it holds and when it is due from then on. */
  #told(part: Part, tell: () => readonly Change[]): readonly Change[] {
    const before = Math.max(1, part.window.size());
    const changes = tell();
    this.#size += Math.max(1, part.window.size()) - before;
    if (part.window.isSpent?.() === true) this.#letGo(part);
    const dueMs = part.window.nextDueMs?.();
    if (dueMs === undefined) this.#due.delete(part);
    else this.#due.set(part, dueMs);
    if (this.#inner.gives === undefined) return changes;
    return changes.map((change) => ({
      ...change,
      entered: change.entered.map((event) => this.#withKey(event, part)),
      left: change.left.map((event) => this.#withKey(event, part)),
    }));
  }

  #letGo(part: Part): void {
    this.#parts.delete(identityOf(part.key));
    this.#size--;
  }

  /** A part makes room for another: what it has given on leaves with it, without a row. */
  #evict(part: Part): Change[] {
    this.#size -= Math.max(1, part.window.size());
    this.#due.delete(part);
    const given = part.window.given?.() ?? part.window.contents();
    const left = Array.from(given, (event) => this.#withKey(event, part));
    return left.length === 0 ? [] : [{ entered: [], left, silent: true }];
  }

  /** Derived values say nothing of the events they are of; the key is put beside them. */
  #withKey(event: StatementEvent, part: Part): StatementEvent {
    return this.#inner.gives === undefined ? event : { values: [...event.values, ...part.key], timeMs: event.timeMs };
  }
}
