import { isList, type Value } from "../../event/index.ts";
import { JOINED_EQUAL } from "../plan/equality.ts";
import type { Operation } from "../plan/expression.ts";

export type ComparisonOperator = "<" | "<=" | ">" | ">=";

/** Order of numbers, or of strings by UTF-16 unit as in Java. JavaScript compares a bigint with a number exactly. */
export function comparison(operator: ComparisonOperator): Operation {
  return {
    name: operator,
    strict: true,
    nullable: false,
    evaluate: COMPARE[operator],
    emit: (left, right) => `(${left} ${operator} ${right})`,
  };
}

/**
 * `=` and `!=`: null when either side is null. `identical` says that equal values of these two types are always `===`, which is so unless
 * a long beyond 2^53 can meet a double.
 */
export function equality(negated: boolean, identical: boolean): Operation {
  return {
    name: `${negated ? "!=" : "="}${identical ? "" : "~"}`,
    strict: true,
    nullable: false,
    evaluate: negated ? (left, right) => !same(left, right) : (left, right) => same(left, right),
    ...(identical ? { emit: (left: string, right: string) => `(${left} ${negated ? "!==" : "==="} ${right})` } : {}),
  };
}

/** `is`: equality that takes null for a value and is never null. */
export const is: Operation = { name: "is", strict: false, nullable: false, evaluate: (left, right) => same(left ?? null, right ?? null) };

/** The equality by which ON joins values of one type: null is equal to null. */
export const joinedEqual: Operation = {
  name: JOINED_EQUAL,
  strict: false,
  nullable: false,
  evaluate: (left = null, right = null) => left === right,
  emit: (left, right) => `(${left} === ${right})`,
};

export const isNot: Operation = {
  name: "is not",
  strict: false,
  nullable: false,
  evaluate: (left, right) => !same(left ?? null, right ?? null),
};

/** `in (..)`: null if nothing is equal and the value or one of the list is null. */
export const inList: Operation = {
  name: "in",
  strict: false,
  nullable: true,
  evaluate(value, ...list) {
    if (value === null || value === undefined) return null;
    let unknown = false;
    for (const item of list) {
      if (item === null) unknown = true;
      else if (same(value, item)) return true;
    }
    return unknown ? null : false;
  },
};

/** `in (..)` where items of the list can themselves be lists, whose items count. */
export const inLists: Operation = {
  name: "in lists",
  strict: false,
  nullable: true,
  evaluate: (value = null, ...list) => inList.evaluate(value, ...list.flatMap((item) => (isList(item) ? item : [item]))),
};

/** `> any (..)` and `> all (..)`: a null in the list makes `all` unknown and is passed over by `any`; over nothing `all` is true. */
export function quantifiedComparison(operator: ComparisonOperator, quantifier: "any" | "all"): Operation {
  const decisive = quantifier === "any";
  return {
    name: `${operator} ${quantifier}`,
    strict: false,
    nullable: true,
    evaluate(value = null, ...list) {
      const items = list.flatMap((item) => (isList(item) ? item : [item]));
      for (const item of items) {
        if (value !== null && item !== null) {
          if (COMPARE[operator](value, item) === decisive) return decisive;
        } else if (!decisive) {
          return null;
        }
      }
      if (items.length === 0) return !decisive;
      return value === null || items.every((item) => item === null) ? null : !decisive;
    },
  };
}

/** `= any (..)`, `!= all (..)`: null where no item decides and the value or an item is null. */
export function quantifiedEquality(negated: boolean, quantifier: "any" | "all"): Operation {
  const decisive = quantifier === "any";
  return {
    name: `${negated ? "!=" : "="} ${quantifier}`,
    strict: false,
    nullable: true,
    evaluate(value = null, ...list) {
      const items = list.flatMap((item) => (isList(item) ? item : [item]));
      if (items.length === 0) return !decisive;
      if (value === null) return null;
      let unknown = false;
      for (const item of items) {
        if (item === null) unknown = true;
        else if ((same(value, item) !== negated) === decisive) return decisive;
      }
      return unknown ? null : !decisive;
    },
  };
}

/** `between` and ranges: false, never null, as soon as anything is null, negated or not. The bounds may stand in either order. */
export function between(negated: boolean, lowIncluded: boolean, highIncluded: boolean): Operation {
  return {
    name: `${negated ? "not " : ""}between ${lowIncluded ? "[" : "("}${highIncluded ? "]" : ")"}`,
    strict: false,
    nullable: false,
    evaluate(value = null, first = null, second = null) {
      if (value === null || first === null || second === null) return false;
      const [low, high] = first <= second ? [first, second] : [second, first];
      const within = (lowIncluded ? value >= low : value > low) && (highIncluded ? value <= high : value < high);
      return within !== negated;
    },
  };
}

/** Whether two values that are not null are equal; also values of different JavaScript type, as a long beside a double. */
export function same(left: Value, right: Value): boolean {
  if (left === right) return true;
  if (typeof left === "bigint" ? typeof right === "number" : typeof right === "bigint" && typeof left === "number") {
    // oxlint-disable-next-line eqeqeq -- the one comparison of a bigint with a number that JavaScript has, and it is exact
    return left == right;
  }
  if (isList(left) && isList(right)) return left.length === right.length && left.every((item, at) => same(item, right[at] ?? null));
  if (isRecord(left) && isRecord(right)) {
    const names = Object.keys(left);
    return (
      names.length === Object.keys(right).length && names.every((name) => Object.hasOwn(right, name) && same(left[name]!, right[name]!))
    );
  }
  return left instanceof Date && right instanceof Date && left.getTime() === right.getTime();
}

/** A nested value with columns; an event is another only if it is not the same one. */
function isRecord(value: Value): value is { readonly [name: string]: Value } {
  return typeof value === "object" && value !== null && !isList(value) && !(value instanceof Date) && !isList(value["values"]);
}

/** For sorting, of two values of one type: null stands before everything, and nested values have no order. */
export function order(left: Value, right: Value): number {
  if (left === null || right === null) return left === right ? 0 : left === null ? -1 : 1;
  if (isNested(left) || isNested(right)) return 0;
  return left < right ? -1 : left > right ? 1 : 0;
}

function isNested(value: Value): boolean {
  return typeof value === "object" && !(value instanceof Date);
}

const COMPARE: Readonly<Record<ComparisonOperator, (left: Value, right: Value) => boolean>> = {
  "<": (left, right) => left! < right!,
  "<=": (left, right) => left! <= right!,
  ">": (left, right) => left! > right!,
  ">=": (left, right) => left! >= right!,
};
