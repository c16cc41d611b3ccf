import type { EventValue, FieldOrigin, FilterPlan, MadeOrigin, Origin } from "../component/index.ts";
import { decodedAtPath, fieldPath, type FieldType, type Value } from "../event/index.ts";

/** A value that is worked out for each event from those of `inputs`. */
export type Work = (values: readonly EventValue[]) => EventValue;

/** What the filters of a tag do to its events, put together from the first to the last. */
export class RecordPlan implements FilterPlan {
  /** The keys of events whose values `admits` and `work` are given, in the order in which they are given. */
  readonly inputs: string[] = [];
  readonly #tag: string;
  readonly #conditions: { readonly of: readonly Work[]; readonly test: (values: readonly EventValue[]) => boolean }[] = [];
  /** What is otherwise than as events bring it, by the name that it has now; undefined: it was taken out. */
  #named = new Map<string, Origin | undefined>();
  #keepsOthers = true;
  #usesTag = false;

  constructor(tag: string) {
    this.#tag = tag;
  }

  get tag(): string {
    this.#usesTag = true;
    return this.#tag;
  }

  /** Whether another tag with the same filters would have another plan. */
  get usesTag(): boolean {
    return this.#usesTag;
  }

  /** Whether events may be left out. */
  get isSelective(): boolean {
    return this.#conditions.length > 0;
  }

  /** Whether it leaves every event as it is. */
  get isIdle(): boolean {
    return !this.isSelective && this.#named.size === 0 && this.#keepsOthers;
  }

  field(name: string): Origin {
    return this.#originOf(name) ?? NOTHING;
  }

  require(of: readonly Origin[], test: (values: readonly EventValue[]) => boolean): void {
    this.#conditions.push({ of: of.map((origin) => this.workOf(origin)), test });
  }

  set(name: string, origin: Origin): void {
    this.#named.set(name, origin);
  }

  rename(from: string, to: string): void {
    const origin = this.#originOf(from);
    this.#named.set(from, undefined);
    this.#named.set(to, origin);
  }

  remove(name: string): void {
    this.#named.set(name, undefined);
  }

  keep(names: readonly string[]): void {
    this.#named = new Map(names.map((name) => [name, this.#originOf(name)]));
    this.#keepsOthers = false;
  }

  /** Whether an event goes on, by the values of its `inputs`. Asked once an event, for a filter may count. */
  admits(values: readonly EventValue[]): boolean {
    return this.#conditions.every(({ of, test }) => test(of.map((work) => work(values))));
  }

  /** The names that the value of a key goes on under, as it is. */
  outputsOf(key: string): string[] {
    const names = [...this.#named].flatMap(([name, origin]) => (isField(origin) && origin.name === key ? [name] : []));
    return this.#keepsOthers && !this.#named.has(key) ? [key, ...names] : names;
  }

  /** What is made for events, by name. */
  get made(): (readonly [name: string, origin: MadeOrigin])[] {
    return [...this.#named].flatMap(([name, origin]) => (origin?.kind === "made" ? [[name, origin] as const] : []));
  }

  /** Where a field of the target comes from; undefined for one that events do not have any more. */
  originOf(name: string): Origin | undefined {
    return this.#originOf(name);
  }

  /** The fields that events have in the end, of those that have these. */
  fieldsOf(fields: Readonly<Record<string, FieldType>>): Record<string, FieldType> {
    const given = Object.entries(fields).flatMap(([key, type]) => this.outputsOf(key).map((name) => [name, type] as const));
    return Object.fromEntries([...given, ...this.made.map(([name, { type }]) => [name, type] as const)]);
  }

  /** How a value is worked out; what it reads becomes one of the inputs. */
  workOf(origin: Origin): Work {
    if (origin.kind === "made") {
      const of = origin.of.map((one) => this.workOf(one));
      return (values) => origin.make(of.map((work) => work(values)));
    }
    const at = this.#input(origin.name);
    const path = fieldPath(origin.name);
    const [root] = path ?? [];
    if (path === undefined || typeof root !== "string") return (values) => values[at];
    const [rootAt, steps] = [this.#input(root), path.slice(1)];
    return (values) => (values[at] === undefined ? (decodedAtPath(values[rootAt], steps) as EventValue) : values[at]);
  }

  #originOf(name: string): Origin | undefined {
    if (this.#named.has(name)) return this.#named.get(name);
    return this.#keepsOthers ? { kind: "field", name } : undefined;
  }

  #input(key: string): number {
    const known = this.inputs.indexOf(key);
    return known < 0 ? this.inputs.push(key) - 1 : known;
  }
}

function isField(origin: Origin | undefined): origin is FieldOrigin {
  return origin?.kind === "field";
}

const NOTHING: MadeOrigin = { kind: "made", type: "string", of: [], make: (): Value | undefined => undefined };
