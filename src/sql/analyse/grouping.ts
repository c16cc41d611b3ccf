import { contains, type Expression, fingerprint, mapParts } from "../plan/expression.ts";
import { groupingBits, isGrouping } from "../functions/grouping.ts";
import type { ExpressionNode, GroupByNode, GroupingSetNode, SelectNode, SourceText } from "../syntax/index.ts";

/** GROUP BY with its expressions gathered. */
export interface Grouping {
  readonly keys: readonly Expression[];
  /** As in the plan: each set as the bits of the keys that are absent in it; undefined where all keys are in every group. */
  readonly groupingSets: readonly number[] | undefined;
}

/** `analyse` works out one expression. Equal expressions are one key. */
export function analyseGroupBy(select: SelectNode, analyse: (node: ExpressionNode) => Expression, source: SourceText): Grouping {
  const keys: Expression[] = [];
  const keyOf = (node: ExpressionNode): number => {
    const expression = analyse(node);
    const known = keys.findIndex((key) => fingerprint(key) === fingerprint(expression));
    return known === -1 ? keys.push(expression) - 1 : known;
  };
  // Every item gives one or more sets; the sets of the whole are all ways to take one of each.
  let sets: readonly KeySet[] = [new Set()];
  for (const node of select.groupBy) {
    const choices = setsOf(node, keyOf);
    if (node.kind === "grouping_sets" && new Set(choices.map(nameOf)).size < choices.length)
      throw source.error("HOTAKA_SQL_INVALID", node.at, "GROUP BY has the same grouping set twice.");
    sets = sets.flatMap((set) => choices.map((choice) => new Set([...set, ...choice])));
    if (sets.length > GROUPING_SETS_MAX)
      throw source.error("HOTAKA_SQL_LIMIT", node.at, `GROUP BY makes more than ${GROUPING_SETS_MAX} grouping sets.`);
  }
  const plain = select.groupBy.every(({ kind }) => kind === "expression");
  const absent = sets.map((set) => keys.reduce((bits, _key, index) => (set.has(index) ? bits : bits | (1 << index)), 0));
  // An event counts once in a set that comes about in several ways.
  return { keys, groupingSets: plain || keys.length === 0 ? undefined : [...new Set(absent)] };
}

type KeySet = ReadonlySet<number>;

function nameOf(set: KeySet): string {
  return [...set].toSorted((left, right) => left - right).join();
}

function setsOf(node: GroupByNode | GroupingSetNode, keyOf: (node: ExpressionNode) => number): KeySet[] {
  switch (node.kind) {
    case "expression":
      return [new Set([keyOf(node.expression)])];
    case "set":
      return [new Set(node.expressions.map(keyOf))];
    case "grouping_sets":
      return node.sets.flatMap((set) => setsOf(set, keyOf));
    case "rollup": {
      const parts = node.sets.map(({ expressions }) => expressions.map(keyOf));
      return Array.from({ length: parts.length + 1 }, (_, dropped) => new Set(parts.slice(0, parts.length - dropped).flat()));
    }
    case "cube": {
      const parts = node.sets.map(({ expressions }) => expressions.map(keyOf));
      return Array.from(
        { length: 2 ** Math.min(parts.length, 16) },
        (_, bits) => new Set(parts.flatMap((part, at) => ((bits >>> at) & 1 ? [] : part))),
      );
    }
  }
}

/** Puts `key` in place of every part that means the same as a group-by expression, and its bits of the set in place of `grouping`. */
export function withKeys(expression: Expression, grouping: Grouping): Expression {
  const fingerprints = grouping.keys.map(fingerprint);
  const replace = (part: Expression): Expression => {
    const index = fingerprints.indexOf(fingerprint(part));
    // As in Esper, what a method is called of is the field of an event, not the key of the group: `host.length()`.
    const isAsked = (part.op === "field" || part.op === "member") && part.asked === true;
    if (index !== -1 && !isAsked) return { op: "key", type: part.type, index };
    // What came before is of other events than the group in hand.
    if (part.op === "previous" && grouping.groupingSets === undefined) return { ...part, index: replace(part.index) };
    if (part.op !== "call" || !isGrouping(part.operation) || grouping.groupingSets === undefined) return mapParts(part, replace);
    const indexes = part.args.map((argument) => fingerprints.indexOf(fingerprint(argument)));
    if (indexes.includes(-1)) return part;
    const set: Expression = { op: "key", type: "integer", index: grouping.keys.length };
    return { op: "call", type: "integer", operation: groupingBits(indexes), args: [set] };
  };
  return replace(expression);
}

/** Whether `grouping` is left of something that is no key, or without sets. */
export function hasStrayGrouping(expression: Expression): boolean {
  return contains(expression, (part) => part.op === "call" && isGrouping(part.operation));
}

/** Each event is counted in as many groups. Esper has no limit; a cube of eight keys is beyond what anyone reads. */
const GROUPING_SETS_MAX = 256;
