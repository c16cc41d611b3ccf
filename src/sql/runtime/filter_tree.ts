import type { Value } from "../../event/index.ts";
import type { FilterOperator } from "../plan/filter_key.ts";
import type { StatementEvent } from "../vocabulary.ts";
import { identityOf } from "./group.ts";

/** A filter that waits, and the ways in which it can hold. */
export interface Waiting {
  readonly paths: readonly AskedPath[];
}

/** What is asked on one way: what is known of it finds the filter, and the rest is asked of it by itself. */
export interface AskedPath {
  readonly asks: readonly Question[];
  readonly more: boolean;
}

/** A question about one field, with the values in it. */
interface Question {
  readonly slot: number;
  readonly operator: FilterOperator;
  readonly values: readonly Value[];
}

/**
 * The filters of a pattern that wait for events of one target, by what they ask. Which of two filters takes an event first is a part of what
 * a pattern means, and so this is built as Esper builds its index: a tree, in which each level asks one question of one field. What stands on
 * the branches of a level comes first, in the order in which the branches came to be; then what asks no more.
 */
export class FilterTree<Filter extends Waiting> {
  readonly #root = new Level<Filter>();
  readonly #places = new Map<Filter, readonly Place<Filter>[]>();
  /** Some filter stands, or stood, in several places. */
  #forks = false;

  get size(): number {
    return this.#places.size;
  }

  add(filter: Filter): void {
    this.#places.set(
      filter,
      filter.paths.flatMap((path) => this.#placesOf(filter, path)),
    );
    this.#forks ||= filter.paths.length > 1;
  }

  delete(filter: Filter): boolean {
    const places = this.#places.get(filter);
    if (places === undefined) return false;
    this.#places.delete(filter);
    for (const { level, branch, key, next } of places.toReversed()) {
      if (branch === undefined) level.delete(filter);
      else if (next.isEmpty) {
        branch.delete(key);
        if (branch.isEmpty) level.deleteBranch(branch);
      }
    }
    return true;
  }

  /** All that may take the event, in order of who takes it first; some of them will not. */
  candidates(event: StatementEvent): Filter[] {
    const found: Filter[] = [];
    this.#root.gather(event, found);
    return this.#forks ? [...new Set(found)] : found;
  }

  /** All of them, so that adding them in this order makes the same tree. */
  all(): Filter[] {
    const found: Filter[] = [];
    this.#root.gather(undefined, found);
    for (const [filter, places] of this.#places) if (places.length === 0) found.push(filter);
    return [...new Set(found)];
  }

  #placesOf(filter: Filter, { asks, more }: AskedPath): Place<Filter>[] {
    if (asks.some(holdsForNone)) return [];
    const left: (Question | undefined)[] = [...asks, ...(more ? [undefined] : [])];
    const places: Place<Filter>[] = [];
    let level = this.#root;
    while (left.length > 0) {
      const branch = level.branchFor(left);
      const [question] = left.splice(
        left.findIndex((one) => isOf(branch, one)),
        1,
      );
      const key = question === undefined ? filter : question;
      const next = branch.level(key);
      places.push({ level, branch, key, next });
      level = next;
    }
    level.add(filter);
    places.push({ level, branch: undefined, key: filter, next: level });
    return places;
  }
}

interface Place<Filter> {
  readonly level: Level<Filter>;
  /** Undefined: it stands on the level itself. */
  readonly branch: Branch<Filter> | undefined;
  readonly key: Key<Filter>;
  readonly next: Level<Filter>;
}

/** A question; or, where it is one that only the filter can answer, the filter. */
type Key<Filter> = Question | Filter;

class Level<Filter> {
  // Most levels have only the one or only the other, and there are as many levels as filters.
  #branches: Branch<Filter>[] | undefined;
  #filters: Set<Filter> | undefined;

  get isEmpty(): boolean {
    return (this.#filters?.size ?? 0) === 0 && (this.#branches?.length ?? 0) === 0;
  }

  add(filter: Filter): void {
    this.#filters ??= new Set();
    this.#filters.add(filter);
  }

  delete(filter: Filter): void {
    this.#filters?.delete(filter);
  }

  deleteBranch(branch: Branch<Filter>): void {
    this.#branches?.splice(this.#branches.indexOf(branch), 1);
  }

  /** The branch that the first of the questions leads to which has one; else one that is new. */
  branchFor(left: readonly (Question | undefined)[]): Branch<Filter> {
    this.#branches ??= [];
    for (const question of left) {
      // What only the filter can answer is asked last.
      if (question === undefined && left.length > 1) continue;
      const known = this.#branches.find((branch) => isOf(branch, question));
      if (known !== undefined) return known;
    }
    const [first] = left;
    const branch: Branch<Filter> = first !== undefined && SORTED.has(first.operator) ? new SortedBranch(first) : new KeyedBranch(first);
    this.#branches.push(branch);
    return branch;
  }

  /** Without an event: all that stands here. */
  gather(event: StatementEvent | undefined, found: Filter[]): void {
    if (this.#branches !== undefined) for (const branch of this.#branches) branch.gather(event, found);
    if (this.#filters !== undefined) for (const filter of this.#filters) found.push(filter);
  }
}

interface Branch<Filter> {
  readonly question: Question | undefined;
  readonly isEmpty: boolean;
  level(key: Key<Filter>): Level<Filter>;
  delete(key: Key<Filter>): void;
  gather(event: StatementEvent | undefined, found: Filter[]): void;
}

function isOf<Filter>({ question }: Branch<Filter>, other: Question | undefined): boolean {
  return question?.slot === other?.slot && question?.operator === other?.operator;
}

/** By the values of the question: what is equal is looked up; of all else every one may hold, in order of arrival. */
class KeyedBranch<Filter> implements Branch<Filter> {
  readonly question: Question | undefined;
  readonly #levels = new Map<unknown, Level<Filter>>();

  constructor(question: Question | undefined) {
    this.question = question;
  }

  get isEmpty(): boolean {
    return this.#levels.size === 0;
  }

  level(key: Key<Filter>): Level<Filter> {
    const known = this.#levels.get(this.#keyOf(key));
    if (known !== undefined) return known;
    const level = new Level<Filter>();
    this.#levels.set(this.#keyOf(key), level);
    return level;
  }

  delete(key: Key<Filter>): void {
    this.#levels.delete(this.#keyOf(key));
  }

  gather(event: StatementEvent | undefined, found: Filter[]): void {
    const { question } = this;
    if (event !== undefined && question !== undefined && (question.operator === "=" || question.operator === "is")) {
      this.#levels.get(event.values[question.slot] ?? null)?.gather(event, found);
    } else {
      for (const level of this.#levels.values()) level.gather(event, found);
    }
  }

  #keyOf(key: Key<Filter>): unknown {
    if (this.question === undefined) return key;
    const { values } = key as Question;
    return values.length === 1 ? values[0] : identityOf(values);
  }
}

/** By the order of the values: those that hold are on one side of the value of the event. */
class SortedBranch<Filter> implements Branch<Filter> {
  readonly question: Question;
  readonly #entries: { readonly values: readonly Value[]; readonly level: Level<Filter> }[] = [];

  constructor(question: Question) {
    this.question = question;
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  level(key: Key<Filter>): Level<Filter> {
    const { values } = key as Question;
    const at = this.#firstNotBefore(values);
    const known = this.#entries[at];
    if (known !== undefined && order(known.values, values) === 0) return known.level;
    const level = new Level<Filter>();
    this.#entries.splice(at, 0, { values, level });
    return level;
  }

  delete(key: Key<Filter>): void {
    this.#entries.splice(this.#firstNotBefore((key as Question).values), 1);
  }

  gather(event: StatementEvent | undefined, found: Filter[]): void {
    const { slot, operator } = this.question;
    let [from, to] = [0, this.#entries.length];
    if (event !== undefined) {
      const value = event.values[slot] ?? null;
      if (value === null) return;
      const at = this.#firstNotBefore([value]);
      const isThere = at < to && order(this.#entries[at]!.values, [value]) === 0;
      if (operator === "<" || operator === "<=") from = operator === "<" && isThere ? at + 1 : at;
      else if (operator === ">" || operator === ">=") to = operator === ">=" && isThere ? at + 1 : at;
    }
    for (let at = from; at < to; at++) this.#entries[at]!.level.gather(event, found);
  }

  #firstNotBefore(values: readonly Value[]): number {
    let [low, high] = [0, this.#entries.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (order(this.#entries[middle]!.values, values) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** What is compared with null holds for no event. */
function holdsForNone({ operator, values }: Question): boolean {
  return !KNOW_NULL.has(operator) && values.includes(null);
}

/** Numbers, strings or booleans of one type, the first that differ deciding. */
function order(left: readonly Value[], right: readonly Value[]): number {
  for (const [at, value] of left.entries()) {
    const other = right[at];
    if (other === undefined || other === null || value === null) break;
    if (value < other) return -1;
    if (value > other) return 1;
  }
  return 0;
}

const SORTED: ReadonlySet<FilterOperator> = new Set(["between ()", "between [)", "between (]", "between []", "<", "<=", ">=", ">", "!="]);

const KNOW_NULL: ReadonlySet<FilterOperator> = new Set(["is", "is not", "in", "not in"]);
