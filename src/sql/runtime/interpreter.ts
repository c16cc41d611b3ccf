import { isList, type Value } from "../../event/index.ts";
import type { Expression, Lambda } from "../plan/expression.ts";
import type { StatementEvent } from "../vocabulary.ts";

/** The events of a window as `prev` counts them. */
export interface Previous {
  /** The n-th event from the newest, or of a batch the n-th before `event`; `fromTail` from the oldest. */
  at(event: StatementEvent | undefined, index: number, fromTail: boolean): StatementEvent | undefined;
  /** All of them, the newest first; undefined where `event` is of a batch before. */
  all(event: StatementEvent | undefined): readonly StatementEvent[] | undefined;
  /** Where there is no window: the n-th before the latest event. */
  latest?(back: number): StatementEvent | undefined;
}

/** What an expression is evaluated in. */
export interface Scope {
  /** The event each stream is at; undefined where there is none. */
  readonly events: readonly (StatementEvent | undefined)[];
  /** The aggregates of the group in hand. */
  readonly aggregates: readonly { value(nowMs: number): Value }[];
  /** The key of the group in hand. */
  readonly key: readonly Value[];
  readonly nowMs: number;
  /** The row is of the remove stream. */
  readonly removed?: boolean;
  /** What `prev` looks into, by stream. */
  readonly previous?: readonly (Previous | undefined)[];
  /** The parameters of the lambdas around, outermost first. */
  readonly locals?: readonly Value[];
}

/** The meaning of an expression: the reference that generated code is tested against. */
export function evaluate(expression: Expression, scope: Scope): Value {
  switch (expression.op) {
    case "constant":
      return expression.value;
    case "field":
      return scope.events[expression.stream]?.values[expression.slot] ?? null;
    case "event":
      return scope.events[expression.stream] ?? null;
    case "member":
      return memberOf(evaluate(expression.operand, scope), expression.slot);
    case "local":
      return scope.locals?.[expression.index] ?? null;
    case "aggregate":
      return scope.aggregates[expression.index]!.value(scope.nowMs);
    case "key":
      return scope.key[expression.index]!;
    case "now":
      return scope.nowMs;
    case "istream":
      return scope.removed !== true;
    case "and":
    case "or":
      return connective(expression.parts, expression.op === "or", scope);
    case "not": {
      const value = evaluate(expression.operand, scope);
      return value === null ? null : value !== true;
    }
    case "is_null":
      return (evaluate(expression.operand, scope) === null) !== expression.negated;
    case "coalesce":
      for (const part of expression.parts) {
        const value = evaluate(part, scope);
        if (value !== null) return value;
      }
      return null;
    case "case": {
      const branch = expression.branches.find(({ when }) => evaluate(when, scope) === true);
      return evaluate(branch === undefined ? expression.otherwise : branch.result, scope);
    }
    case "previous":
      return previousValue(expression, scope, evaluate(expression.index, scope), (inner) => evaluate(expression.body, inner));
    case "call": {
      const args = expression.args.map((argument) => evaluate(argument, scope));
      return expression.operation.strict && args.includes(null) ? null : expression.operation.evaluate(...args);
    }
    case "enumerate": {
      const source = evaluate(expression.source, scope);
      if (!isList(source)) return null;
      const lambdas = expression.lambdas.map((lambda) => lambdaIn(lambda, scope));
      return expression.enumeration.evaluate(
        source,
        lambdas,
        expression.args.map((argument) => evaluate(argument, scope)),
      );
    }
  }
}

/**
 * The value of a `previous` expression, whose body is given as a function. An event that leaves has nothing before it but what had arrived
 * before it. Where an outer join has no event, there is what the window holds all the same.
 */
export function previousValue(
  { access, stream }: Pick<Extract<Expression, { op: "previous" }>, "access" | "stream">,
  scope: Scope,
  index: Value,
  body: (scope: Scope) => Value,
): Value {
  if (index === null) return null;
  const event = scope.events[stream];
  const previous = scope.previous?.[stream];
  // A place that is no whole number is cut to one.
  const place = Math.trunc(Number(index));
  const of = (other: StatementEvent | undefined): Value => {
    const events = [...scope.events];
    events[stream] = other;
    return other === undefined ? null : body({ ...scope, events });
  };
  if (access === "prior") {
    if (previous?.latest !== undefined) return scope.removed === true ? null : of(previous.latest(place));
    if (event === undefined) return null;
    const values = event.prior?.[place - 1];
    return place === 0 ? of(event) : of(values && { values, timeMs: event.timeMs });
  }
  if (previous === undefined || scope.removed === true) return null;
  if (access === "count") return previous.all(event)?.length ?? null;
  if (access === "window") {
    const events = previous.all(event) ?? [];
    return events.length === 0 ? null : events.map(of);
  }
  return of(previous.at(event, place, access === "tail"));
}

/** A field of a value that is an event; null for what is none. */
export function memberOf(event: Value, slot: number): Value {
  return isEvent(event) ? (event.values[slot] ?? null) : null;
}

export function isEvent(value: Value): value is StatementEvent {
  return typeof value === "object" && value !== null && !isList(value) && !(value instanceof Date) && isList(value["values"]);
}

function lambdaIn({ first, body }: Lambda, scope: Scope): (...items: readonly Value[]) => Value {
  return (...items) => evaluate(body, { ...scope, locals: [...(scope.locals ?? []).slice(0, first), ...items] });
}

/** Three-valued `and` / `or`: `decisive` (true for `or`) wins over null, null over the other. */
function connective(parts: readonly Expression[], decisive: boolean, scope: Scope): Value {
  let unknown = false;
  for (const part of parts) {
    const value = evaluate(part, scope);
    if (value === decisive) return decisive;
    if (value === null) unknown = true;
  }
  return unknown ? null : !decisive;
}
