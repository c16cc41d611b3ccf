import { contains, type Expression, mapParts } from "./expression.ts";

/** What the filter of a pattern asks of one field: a comparison with values that are known as soon as the filter waits. */
interface FilterKey {
  readonly slot: number;
  readonly operator: FilterOperator;
  /** Over the match so far, as stream 0: one value, the two ends of a range, or the items of a list. */
  readonly values: readonly Expression[];
}

/** In the order in which Esper looks at them: an event is first looked up by what is equal. */
export type FilterOperator = (typeof FILTER_OPERATORS)[number];

/** One way in which a filter can hold: its keys, in the order in which they are looked up. */
export interface FilterPath {
  readonly keys: readonly FilterKey[];
  /** Whether it asks more than its keys do. */
  readonly more: boolean;
}

/**
 * Takes a condition apart, over the event as stream 0 and the match so far as stream 1: into one way for each alternative of its ORs, as
 * long as there are not too many.
 */
export function filterPaths(condition: Expression | undefined): FilterPath[] {
  const parts = condition === undefined ? [] : conjuncts(condition);
  const alternatives = parts.flatMap((part) => (part.op === "or" && keyOf(part) === undefined ? [part] : []));
  const rest = parts.filter((part) => alternatives.every((or) => or !== part));
  let paths: Expression[][] = [rest];
  for (const or of alternatives) paths = or.parts.flatMap((one) => paths.map((path) => [...path, ...conjuncts(one)]));
  return paths.length > PATHS_MAX ? [pathOf(parts)] : paths.map(pathOf);
}

/** What is asked of one field in one way twice is no key: which of the two were it? */
function pathOf(parts: readonly Expression[]): FilterPath {
  const found = parts.map(keyOf).filter((key) => key !== undefined);
  const keys = found.filter((key) => found.every((other) => other === key || !sameQuestion(other, key)));
  const place = ({ operator }: FilterKey): number => FILTER_OPERATORS.indexOf(operator);
  return { keys: keys.toSorted((left, right) => place(left) - place(right)), more: keys.length < parts.length };
}

function conjuncts(condition: Expression): readonly Expression[] {
  return condition.op === "and" ? condition.parts.flatMap(conjuncts) : [condition];
}

function sameQuestion(left: FilterKey, right: FilterKey): boolean {
  return left.slot === right.slot && left.operator === right.operator;
}

function keyOf(part: Expression): FilterKey | undefined {
  if (part.op === "or") return oneOfValues(part.parts.map(keyOf));
  if (part.op === "not") {
    const negated = keyOf(part.operand);
    return negated?.operator === "in" ? { ...negated, operator: "not in" } : undefined;
  }
  if (part.op !== "call") return undefined;
  const operator = FILTER_OPERATORS.find((known) => known === part.operation.name);
  const [first, second] = part.args;
  if (operator === undefined || first === undefined) return undefined;
  if (isOfEvent(first)) return ofField(first, operator, part.args.slice(1));
  const reversed = REVERSED.get(operator);
  return second !== undefined && isOfEvent(second) && reversed !== undefined ? ofField(second, reversed, [first]) : undefined;
}

/** `x = 1 or x = 2` is `x in (1, 2)`. */
function oneOfValues(parts: readonly (FilterKey | undefined)[]): FilterKey | undefined {
  const keys = parts.filter((key) => key !== undefined).filter(({ operator }) => operator === "=");
  const [first] = keys;
  if (first === undefined || keys.length < parts.length || keys.some(({ slot }) => slot !== first.slot)) return undefined;
  return { slot: first.slot, operator: "in", values: keys.flatMap(({ values }) => values) };
}

function ofField({ slot }: FieldOfEvent, operator: FilterOperator, args: readonly Expression[]): FilterKey | undefined {
  return args.every(isKnown) ? { slot, operator, values: args.map(overMatch) } : undefined;
}

type FieldOfEvent = Extract<Expression, { op: "field" }>;

function isOfEvent(expression: Expression): expression is FieldOfEvent {
  return expression.op === "field" && expression.stream === 0 && PLAIN_TYPES.has(expression.type);
}

/** A constant, or a field of an event of the match. */
function isKnown(expression: Expression): boolean {
  if (expression.op === "constant") return true;
  return expression.op === "member" && !contains(expression, (part) => part.op === "field" && part.stream === 0);
}

function overMatch(expression: Expression): Expression {
  return expression.op === "field" ? { ...expression, stream: 0 } : mapParts(expression, overMatch);
}

/** As many as Esper takes apart. */
const PATHS_MAX = 16;

const PLAIN_TYPES: ReadonlySet<string> = new Set(["string", "long", "double", "boolean"]);

const REVERSED: ReadonlyMap<FilterOperator, FilterOperator> = new Map([
  ["=", "="],
  ["is", "is"],
  ["!=", "!="],
  ["is not", "is not"],
  ["<", ">"],
  ["<=", ">="],
  [">=", "<="],
  [">", "<"],
]);

const FILTER_OPERATORS = [
  "=",
  "is",
  "in",
  "between ()",
  "between [)",
  "between (]",
  "between []",
  "<",
  "<=",
  ">=",
  ">",
  "not between []",
  "not between (]",
  "not between [)",
  "not between ()",
  "not in",
  "!=",
  "is not",
] as const;
