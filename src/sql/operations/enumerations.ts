import { isList, type Value } from "../../event/index.ts";
import type { Enumeration } from "../plan/expression.ts";
import { addLong, type Long } from "./long.ts";
import { order, same } from "./comparison.ts";
import { valueText } from "../plan/value_text.ts";

/**
 * Enumeration methods: a list in, lambdas over its items, a value out. A lambda takes the item and its place. Reference: Esper 5.2,
 * chapter 11 "Enumeration methods".
 */
export type Evaluate = Enumeration["evaluate"];

/** The values of the items: of the lambda where there is one, or else the items themselves. */
function values(items: readonly Value[], lambda: ((...items: readonly Value[]) => Value) | undefined): readonly Value[] {
  return lambda === undefined ? items : items.map((item, at) => lambda(item, at));
}

export const countOf: Evaluate = (items, [condition]) =>
  condition === undefined ? items.length : items.filter((item, at) => condition(item, at) === true).length;

export const where: Evaluate = (items, [condition]) => items.filter((item, at) => condition!(item, at) === true);

export const selectFrom: Evaluate = (items, [select]) => items.map((item, at) => select!(item, at));

/** Null where there is nothing to add up. */
export const sumOfWholes: Evaluate = (items, [value]) =>
  present(values(items, value)).reduce<Long | null>((sum, item) => addLong(sum ?? 0, item as Long), null);

export const sumOfNumbers: Evaluate = (items, [value]) =>
  present(values(items, value)).reduce<number | null>((sum, item) => (sum ?? 0) + Number(item), null);

export const average: Evaluate = (items, [value]) => {
  const numbers = present(values(items, value)).map(Number);
  return numbers.length === 0 ? null : numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
};

export const min: Evaluate = (items, [value]) => best(present(values(items, value)), (item) => item, -1);

export const max: Evaluate = (items, [value]) => best(present(values(items, value)), (item) => item, 1);

export const minBy: Evaluate = (items, [value]) => best(items, value!, -1);

export const maxBy: Evaluate = (items, [value]) => best(items, value!, 1);

export const allOf: Evaluate = (items, [condition]) => items.every((item, at) => condition!(item, at) === true);

export const anyOf: Evaluate = (items, [condition]) => items.some((item, at) => condition!(item, at) === true);

export const firstOf: Evaluate = (items, [condition]) =>
  (condition === undefined ? items[0] : items.find((item, at) => condition(item, at) === true)) ?? null;

export const lastOf: Evaluate = (items, [condition]) =>
  (condition === undefined ? items.at(-1) : items.findLast((item, at) => condition(item, at) === true)) ?? null;

export const orderBy: Evaluate = (items, [value]) => sorted(items, value, 1);

export const orderByDesc: Evaluate = (items, [value]) => sorted(items, value, -1);

export const reverse: Evaluate = (items) => items.toReversed();

export const take: Evaluate = (items, _lambdas, [count]) => items.slice(0, Math.max(0, Number(count ?? 0)));

export const takeLast: Evaluate = (items, _lambdas, [count]) => {
  const wanted = Math.max(0, Number(count ?? 0));
  return wanted === 0 ? [] : items.slice(-wanted);
};

export const takeWhile: Evaluate = (items, [condition]) => {
  const end = items.findIndex((item, at) => condition!(item, at) !== true);
  return end === -1 ? items : items.slice(0, end);
};

/** From the end, where the last item has place 0. */
export const takeWhileLast: Evaluate = (items, [condition]) => {
  const taken = takeWhile(items.toReversed(), [condition!], []);
  return isList(taken) ? taken.toReversed() : taken;
};

export const distinctOf: Evaluate = (items, [value]) => {
  const keys = values(items, value);
  return items.filter((_item, at) => keys.findIndex((key) => sameOrNull(key, keys[at] ?? null)) === at);
};

export const mostFrequent: Evaluate = (items, [value]) =>
  best(
    counts(values(items, value)),
    ([, count]) => count,
    1,
    ([key]) => key!,
  );

export const leastFrequent: Evaluate = (items, [value]) =>
  best(
    counts(values(items, value)),
    ([, count]) => count,
    -1,
    ([key]) => key!,
  );

export const aggregate: Evaluate = (items, [step], [initial = null]) => items.reduce<Value>((result, item) => step!(result, item), initial);

export const union: Evaluate = (items, _lambdas, [other = null]) => (isList(other) ? [...items, ...other] : items);

export const intersect: Evaluate = (items, _lambdas, [other = null]) =>
  isList(other) ? items.filter((item) => other.some((candidate) => sameOrNull(item, candidate))) : items;

export const except: Evaluate = (items, _lambdas, [other = null]) =>
  isList(other) ? items.filter((item) => !other.some((candidate) => sameOrNull(item, candidate))) : items;

export const sequenceEqual: Evaluate = (items, _lambdas, [other = null]) =>
  isList(other) && items.length === other.length && items.every((item, at) => sameOrNull(item, other[at] ?? null));

/** A later item of the same key takes the place of an earlier one. */
export const toMap: Evaluate = (items, [key, value]) =>
  Object.fromEntries(items.map((item, at) => [keyText(key!(item, at)), value!(item, at)]));

export const groupBy: Evaluate = (items, [key, value]) => {
  const groups = new Map<string, Value[]>();
  for (const [at, item] of items.entries()) {
    const text = keyText(key!(item, at));
    const group = groups.get(text);
    const member = value === undefined ? item : value(item, at);
    if (group === undefined) groups.set(text, [member]);
    else group.push(member);
  }
  return Object.fromEntries(groups);
};

function present(list: readonly Value[]): Value[] {
  return list.filter((item) => item !== null);
}

/** The first of the items whose value no other one exceeds (sign 1) or is below (-1); an item without a value is passed over. */
function best<T>(items: readonly T[], valueOf: (item: T, at: number) => Value, sign: 1 | -1, give?: (item: T) => Value): Value {
  let [bestItem, bestValue]: [T | undefined, Value] = [undefined, null];
  for (const [at, item] of items.entries()) {
    const value = valueOf(item, at);
    if (value === null || (bestValue !== null && order(value, bestValue) * sign <= 0)) continue;
    [bestItem, bestValue] = [item, value];
  }
  if (bestItem === undefined) return null;
  return give === undefined ? (bestItem as Value) : give(bestItem);
}

function sorted(items: readonly Value[], lambda: ((...items: readonly Value[]) => Value) | undefined, sign: 1 | -1): Value[] {
  const keys = values(items, lambda);
  return items
    .map((_item, at) => at)
    .toSorted((left, right) => order(keys[left] ?? null, keys[right] ?? null) * sign)
    .map((at) => items[at]!);
}

/** The distinct values in order of their first coming, each with how often it comes. */
function counts(list: readonly Value[]): (readonly [Value, number])[] {
  const found = new Map<Value, number>();
  for (const item of list) found.set(item, (found.get(item) ?? 0) + 1);
  return [...found];
}

function sameOrNull(left: Value, right: Value): boolean {
  return left === right || (left !== null && right !== null && same(left, right));
}

function keyText(key: Value): string {
  return typeof key === "object" && key !== null ? valueText(key) : String(key);
}
