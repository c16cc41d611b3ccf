import type { Value } from "../../event/index.ts";
import type { Type } from "./type.ts";
import { valueText } from "./value_text.ts";

/**
 * A typed expression: names are resolved, types are checked, defaults filled in. It is interpreted as it stands (the reference) or written
 * out as code. There are few kinds, because everything that takes values and gives one is a `call` of an `Operation`.
 */
export type Expression =
  | { readonly op: "constant"; readonly type: Type; readonly value: Value }
  /** A field of the event that one of the streams is at; `asked` where a method is called of it. */
  | { readonly op: "field"; readonly type: Type; readonly stream: number; readonly slot: number; readonly asked?: true }
  /** The event itself that one of the streams is at: what aggregates of events and enumerations work on. */
  | { readonly op: "event"; readonly type: Type; readonly stream: number }
  /** A field of an event that was worked out: `maxby(size).host`, `x.host` within a lambda. */
  | { readonly op: "member"; readonly type: Type; readonly operand: Expression; readonly slot: number; readonly asked?: true }
  /** A parameter of a lambda around it, counted from the outermost. */
  | { readonly op: "local"; readonly type: Type; readonly index: number }
  /** The present value of an aggregate of the group in hand. */
  | { readonly op: "aggregate"; readonly type: Type; readonly index: number }
  /** A group-by expression, as a value of the group in hand. */
  | { readonly op: "key"; readonly type: Type; readonly index: number }
  /** The clock of the statement, epoch ms. */
  | { readonly op: "now"; readonly type: "long" }
  /** Whether the row is of the insert stream (true) or of the remove stream. */
  | { readonly op: "istream"; readonly type: "boolean" }
  /**
   * An expression over events that came before the one in hand: `prior`, so many before it in order of arrival; of the window, `prev` the
   * n-th from its newest and `tail` from its oldest, `window` all of them; `count`, how many there are.
   */
  | {
      readonly op: "previous";
      readonly type: Type;
      readonly access: "prior" | "prev" | "tail" | "window" | "count";
      readonly stream: number;
      readonly index: Expression;
      readonly body: Expression;
    }
  | { readonly op: "and" | "or"; readonly type: "boolean"; readonly parts: readonly Expression[] }
  | { readonly op: "not"; readonly type: "boolean"; readonly operand: Expression }
  | { readonly op: "is_null"; readonly type: "boolean"; readonly operand: Expression; readonly negated: boolean }
  | { readonly op: "coalesce"; readonly type: Type; readonly parts: readonly Expression[] }
  | {
      readonly op: "case";
      readonly type: Type;
      readonly branches: readonly { readonly when: Expression; readonly result: Expression }[];
      readonly otherwise: Expression;
    }
  | { readonly op: "call"; readonly type: Type; readonly operation: Operation; readonly args: readonly Expression[] }
  /** An operation that works out expressions of its own over the items of a list; null for no list. */
  | {
      readonly op: "enumerate";
      readonly type: Type;
      readonly enumeration: Enumeration;
      readonly source: Expression;
      readonly lambdas: readonly Lambda[];
      readonly args: readonly Expression[];
    };

/** Values in, a value out; pure. */
export interface Operation {
  /** Unique among operations of one meaning and type: two calls of the same name on the same arguments give the same. */
  readonly name: string;
  /** Null as soon as an argument is null; then `evaluate` and `emit` never see one. */
  readonly strict: boolean;
  /** Can it give null although no argument is null? */
  readonly nullable: boolean;
  readonly evaluate: (...args: readonly Value[]) => Value;
  /** Every text for which it is true, as its first argument, begins so: what an index finds it by. */
  readonly prefix?: string;
  /** The same as JavaScript text over the texts of its arguments, where that is faster than a call of `evaluate`. */
  readonly emit?: (...args: readonly string[]) => string;
}

/** An expression over the locals `first` to `first + count - 1`. */
export interface Lambda {
  readonly first: number;
  readonly count: number;
  readonly body: Expression;
}

/** A list in, a value out; pure. Every function stands for a lambda, and takes as many values as that has parameters. */
export interface Enumeration {
  readonly name: string;
  readonly evaluate: (
    items: readonly Value[],
    lambdas: readonly ((...items: readonly Value[]) => Value)[],
    args: readonly Value[],
  ) => Value;
}

/** A text that two expressions share exactly when they mean the same: what group keys and aggregates are recognised by. */
export function fingerprint(expression: Expression): string {
  switch (expression.op) {
    case "constant":
      return `${expression.type}:${constantText(expression.value)}`;
    case "field":
      return `${expression.stream}.${expression.slot}`;
    case "event":
      return `event${expression.stream}`;
    case "member":
      return `${fingerprint(expression.operand)}.${expression.slot}`;
    case "aggregate":
    case "key":
    case "local":
      return `${expression.op}${expression.index}`;
    case "now":
    case "istream":
      return expression.op;
    case "and":
    case "or":
    case "coalesce":
      return `${expression.op}(${expression.parts.map(fingerprint).join(",")})`;
    case "not":
      return `not(${fingerprint(expression.operand)})`;
    case "is_null":
      return `${expression.negated ? "is_not_null" : "is_null"}(${fingerprint(expression.operand)})`;
    case "case": {
      const branches = expression.branches.map(({ when, result }) => `${fingerprint(when)}?${fingerprint(result)}`);
      return `case(${branches.join(",")}:${fingerprint(expression.otherwise)})`;
    }
    case "previous":
      return `${expression.access}${expression.stream}(${fingerprint(expression.index)},${fingerprint(expression.body)})`;
    case "call":
      return `${expression.operation.name}(${expression.args.map(fingerprint).join(",")})`;
    case "enumerate": {
      const lambdas = expression.lambdas.map(({ first, count, body }) => `${first}+${count}=>${fingerprint(body)}`);
      return `${fingerprint(expression.source)}.${expression.enumeration.name}(${[...lambdas, ...expression.args.map(fingerprint)].join(",")})`;
    }
  }
}

function constantText(value: Value): string {
  if (typeof value === "bigint") return String(value);
  return Object.is(value, -0) ? "-0" : valueText(value);
}

/** The direct parts of an expression. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.op) {
    case "constant":
    case "field":
    case "event":
    case "local":
    case "aggregate":
    case "key":
    case "now":
    case "istream":
      return [];
    case "and":
    case "or":
    case "coalesce":
      return expression.parts;
    case "not":
    case "is_null":
    case "member":
      return [expression.operand];
    case "case":
      return [...expression.branches.flatMap(({ when, result }) => [when, result]), expression.otherwise];
    case "previous":
      return [expression.index, expression.body];
    case "call":
      return expression.args;
    case "enumerate":
      return [expression.source, ...expression.lambdas.map(({ body }) => body), ...expression.args];
  }
}

/** Whether `test` holds for the expression or anything within it. */
export function contains(expression: Expression, test: (part: Expression) => boolean): boolean {
  return test(expression) || partsOf(expression).some((part) => contains(part, test));
}

/** The same expression with each direct part replaced by what `change` gives for it. */
export function mapParts(expression: Expression, change: (part: Expression) => Expression): Expression {
  switch (expression.op) {
    case "constant":
    case "field":
    case "event":
    case "local":
    case "aggregate":
    case "key":
    case "now":
    case "istream":
      return expression;
    case "and":
    case "or":
    case "coalesce":
      return { ...expression, parts: expression.parts.map(change) };
    case "not":
    case "is_null":
    case "member":
      return { ...expression, operand: change(expression.operand) };
    case "case": {
      const branches = expression.branches.map(({ when, result }) => ({ when: change(when), result: change(result) }));
      return { ...expression, branches, otherwise: change(expression.otherwise) };
    }
    case "previous":
      return { ...expression, index: change(expression.index), body: change(expression.body) };
    case "call":
      return { ...expression, args: expression.args.map(change) };
    case "enumerate": {
      const lambdas = expression.lambdas.map((lambda) => ({ ...lambda, body: change(lambda.body) }));
      return { ...expression, source: change(expression.source), lambdas, args: expression.args.map(change) };
    }
  }
}
