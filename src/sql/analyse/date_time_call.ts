import type { Value } from "../../event/index.ts";
import {
  type CalendarField,
  calendarField,
  dayOfWeek,
  dayOfYear,
  extremeOf,
  fieldOf,
  roundedHalf,
  roundedUp,
  truncated,
  withDate,
  withField,
  withTime,
} from "../operations/calendar.ts";
import { plusPeriod } from "../plan/period.ts";
import type { Expression, Operation } from "../plan/expression.ts";
import { isIntegral, type Type } from "../plan/type.ts";
import type { ExpressionNode } from "../syntax/index.ts";
import { type Analysis, article, constantText, type NodeOf } from "./analysis.ts";

type Method = NodeOf<"method">;

/** Whether this is a method of instants: of epoch ms and of dates. */
export function isDateTimeMethod(name: string): boolean {
  return METHODS.has(name);
}

/** `ts.plus(1 month).roundFloor('day')`: methods on an instant, each of which gives an instant, a number or an answer. */
export function analyseDateTime(analysis: Analysis, object: Expression, node: Method): Expression {
  return METHODS.get(node.name)!(analysis, object, node);
}

type Analyse = (analysis: Analysis, object: Expression, node: Method) => Expression;

const METHODS: ReadonlyMap<string, Analyse> = new Map<string, Analyse>([
  ...Object.entries({
    getMillisOfSecond: "msec",
    getSecondOfMinute: "sec",
    getMinuteOfHour: "min",
    getHourOfDay: "hour",
    getDayOfMonth: "day",
    getWeekyear: "week",
    getMonthOfYear: "month",
    getYear: "year",
  } as const).map(([name, field]) => [name, reading((ms) => fieldOf(ms, field))] as const),
  ["getDayOfWeek", reading(dayOfWeek)],
  ["getDayOfYear", reading(dayOfYear)],
  ["getEra", reading((ms) => (new Date(ms).getUTCFullYear() > 0 ? 1 : 0))],
  ["get", (analysis, object, node) => called(object, "integer", `get ${namedField(analysis, node)}`, getter(namedField(analysis, node)))],
  ["plus", (analysis, object, node) => moved(analysis, object, node, 1)],
  ["minus", (analysis, object, node) => moved(analysis, object, node, -1)],
  ["set", (analysis, object, node) => changing(analysis, object, node, withField)],
  ["withMin", extreme(false)],
  ["withMax", extreme(true)],
  ["withDate", parts("withDate", 3, (ms, [year = 0, month = 0, day = 0]) => withDate(ms, year, month, day))],
  ["withTime", parts("withTime", 4, (ms, [hour = 0, minute = 0, second = 0, milli = 0]) => withTime(ms, hour, minute, second, milli))],
  ["roundFloor", rounding("roundFloor", truncated)],
  ["roundCeiling", rounding("roundCeiling", roundedUp)],
  ["roundHalf", rounding("roundHalf", roundedHalf)],
  ["toMillisec", turned("long", (ms) => ms)],
  ["toDate", turned("date", (ms) => new Date(ms))],
  ["toCalendar", turned("date", (ms) => new Date(ms))],
  ["format", turned("string", formatted)],
  ["between", between],
  ["before", relation("before", 2, (distanceMs, low, high) => distanceMs < 0 && -distanceMs >= low && -distanceMs <= high)],
  ["after", relation("after", 2, (distanceMs, low, high) => distanceMs > 0 && distanceMs >= low && distanceMs <= high)],
  ["coincides", relation("coincides", 2, (distanceMs, start, end) => Math.abs(distanceMs) <= Math.min(start, end))],
  // The relations of intervals, where an instant is one that ends as it begins: none lies within another.
  ...["during", "includes"].map((name) => [name, relation(name, 4, () => false)] as const),
  ...["overlaps", "overlappedby", "overlappedBy"].map((name) => [name, relation(name, 2, () => false)] as const),
  ...["meets", "metby", "metBy"].map((name) => [name, relation(name, 1, (distanceMs, most) => Math.abs(distanceMs) <= most)] as const),
  ...["starts", "finishedby", "finishedBy"].map(
    (name) => [name, relation(name, 1, (distanceMs, most) => distanceMs < 0 && -distanceMs <= most)] as const,
  ),
  ...["startedby", "startedBy", "finishes"].map(
    (name) => [name, relation(name, 1, (distanceMs, most) => distanceMs > 0 && distanceMs <= most)] as const,
  ),
]);

/** An operation on an instant and further numbers; null for null. */
function called(
  object: Expression,
  type: Type,
  name: string,
  evaluate: (ms: number, ...rest: readonly Value[]) => Value,
  args: readonly Expression[] = [],
): Expression {
  const operation: Operation = {
    name,
    strict: true,
    nullable: true,
    evaluate: (self = null, ...rest) => {
      const ms = instantOf(self);
      return ms === undefined ? null : evaluate(ms, ...rest);
    },
  };
  return { op: "call", type, operation, args: [object, ...args] };
}

/** As `called`, for what gives an instant again: a date stays a date. */
function instantCalled(
  object: Expression,
  name: string,
  evaluate: (ms: number, ...rest: readonly Value[]) => number,
  args: readonly Expression[] = [],
): Expression {
  const asDate = object.type === "date";
  return called(object, object.type, name, (ms, ...rest) => (asDate ? new Date(evaluate(ms, ...rest)) : evaluate(ms, ...rest)), args);
}

/** Epoch ms of a long or a date; undefined beyond the calendar, which ends some 271,000 years from 1970. */
function instantOf(value: Value): number | undefined {
  const ms = value instanceof Date ? value.getTime() : Number(value);
  return Math.abs(ms) <= INSTANT_MAX_MS ? ms : undefined;
}

/** The instant as something else. */
function turned(type: Type, turn: (ms: number) => Value): Analyse {
  return (analysis, object, node) => {
    if (node.arguments.length > 0) return analysis.fail("HOTAKA_SQL_INVALID", node, `${node.name} takes no arguments.`);
    return called(object, type, node.name, turn);
  };
}

function reading(read: (ms: number) => number): Analyse {
  return (analysis, object, node) => {
    if (node.arguments.length > 0) return analysis.fail("HOTAKA_SQL_INVALID", node, `${node.name} takes no arguments.`);
    return called(object, "integer", node.name, read);
  };
}

function getter(name: CalendarField): (ms: number) => number {
  return (ms) => fieldOf(ms, name);
}

/** The field that the first argument names, as 'month'. */
function namedField(analysis: Analysis, node: Method): CalendarField {
  const [word] = node.arguments;
  const text = word === undefined ? undefined : constantText(analysis.expression(word));
  const known = text === undefined ? undefined : calendarField(text);
  return known ?? analysis.fail("HOTAKA_SQL_INVALID", word ?? node, `${node.name} takes the name of a field: ${FIELD_NAMES}.`);
}

function wholes(analysis: Analysis, nodes: readonly ExpressionNode[], name: string): Expression[] {
  return nodes.map((node) => {
    const expression = analysis.expression(node);
    if (isIntegral(expression.type)) return expression;
    return analysis.fail("HOTAKA_SQL_TYPE", node, `${name} takes whole numbers, not ${article(expression.type)}.`);
  });
}

function moved(analysis: Analysis, object: Expression, node: Method, sign: 1 | -1): Expression {
  const [amount] = node.arguments;
  if (amount === undefined || node.arguments.length > 1)
    return analysis.fail("HOTAKA_SQL_INVALID", node, `${node.name} takes a period, as 1 month.`);
  if (amount.kind === "period") {
    const period = analysis.period(amount);
    return instantCalled(object, `${node.name} ${period.months} ${period.ms}`, (ms) => plusPeriod(ms, period, sign));
  }
  const args = wholes(analysis, [amount], node.name);
  return instantCalled(object, node.name, (ms, more) => ms + sign * Number(more), args);
}

function changing(analysis: Analysis, object: Expression, node: Method, change: typeof withField): Expression {
  const name = namedField(analysis, node);
  if (node.arguments.length !== 2) return analysis.fail("HOTAKA_SQL_INVALID", node, `${node.name} takes the name of a field and a number.`);
  const args = wholes(analysis, node.arguments.slice(1), node.name);
  return instantCalled(object, `${node.name} ${name}`, (ms, value) => change(ms, name, Number(value)), args);
}

function extreme(greatest: boolean): Analyse {
  return (analysis, object, node) => {
    const name = namedField(analysis, node);
    return instantCalled(object, `${node.name} ${name}`, (ms) => withField(ms, name, extremeOf(ms, name, greatest)));
  };
}

function rounding(method: string, round: typeof truncated): Analyse {
  return (analysis, object, node) => {
    const name = namedField(analysis, node);
    if (name === "week") return analysis.fail("HOTAKA_SQL_INVALID", node, `${method} cannot round to a week.`);
    return instantCalled(object, `${method} ${name}`, (ms) => round(ms, name));
  };
}

function parts(method: string, count: number, change: (ms: number, values: readonly number[]) => number): Analyse {
  return (analysis, object, node) => {
    if (node.arguments.length !== count) return analysis.fail("HOTAKA_SQL_INVALID", node, `${method} takes ${count} whole numbers.`);
    return instantCalled(object, method, (ms, ...values) => change(ms, values.map(Number)), wholes(analysis, node.arguments, method));
  };
}

/** Other instants, as epoch ms or dates. */
function instants(analysis: Analysis, nodes: readonly ExpressionNode[], name: string): Expression[] {
  return nodes.map((node) => {
    const expression = analysis.expression(node);
    if (isIntegral(expression.type) || expression.type === "date" || expression.type === "null") return expression;
    return analysis.fail("HOTAKA_SQL_TYPE", node, `${name} takes an instant as epoch ms or a date, not ${article(expression.type)}.`);
  });
}

/** `between(from, to)` with both ends, or as `between(from, to, true, false)` says. The ends may stand in either order. */
function between(analysis: Analysis, object: Expression, node: Method): Expression {
  const [from, to, ...included] = node.arguments;
  if (from === undefined || to === undefined || (included.length !== 0 && included.length !== 2)) {
    return analysis.fail("HOTAKA_SQL_INVALID", node, "between takes two instants, and whether each is included.");
  }
  const flags = included.map((flag) => {
    const expression = analysis.expression(flag);
    return expression.type === "boolean"
      ? expression
      : analysis.fail("HOTAKA_SQL_TYPE", flag, "between: whether an end is included is true or false.");
  });
  return called(
    object,
    "boolean",
    "instant between",
    (ms, first = null, second = null, firstIncluded = true, secondIncluded = true) => {
      const [a, b] = [instantOf(first), instantOf(second)];
      if (a === undefined || b === undefined) return null;
      const inFirst = firstIncluded === true ? ms >= a : ms > a;
      const inSecond = secondIncluded === true ? ms <= b : ms < b;
      if (a <= b) return inFirst && inSecond;
      return (firstIncluded === true ? ms <= a : ms < a) && (secondIncluded === true ? ms >= b : ms > b);
    },
    [...instants(analysis, [from, to], "between"), ...flags],
  );
}

/** How the instant lies to another one, at a distance within bounds in ms or as periods; `most` is how many of them there may be. */
function relation(method: string, most: number, holds: (distanceMs: number, low: number, high: number) => boolean): Analyse {
  return (analysis, object, node) => {
    const [other, ...bounds] = node.arguments;
    if (other === undefined || bounds.length > most)
      return analysis.fail("HOTAKA_SQL_INVALID", node, `${method} takes an instant and up to ${most} distances.`);
    const [low = 0, high = Infinity] = bounds.map((bound) => {
      const expression = analysis.expression(bound);
      if (expression.op === "constant" && typeof expression.value === "number") return expression.value;
      return analysis.fail("HOTAKA_SQL_INVALID", bound, `${method} takes distances that are constants, as 5 sec.`);
    });
    const name = `${method} ${low} ${high}`;
    const answer = (ms: number, at: Value = null): Value => {
      const otherMs = instantOf(at);
      return otherMs === undefined ? null : holds(ms - otherMs, low, high);
    };
    return called(object, "boolean", name, answer, instants(analysis, [other], method));
  };
}

/** As Java's default format in en_US: `Jan 1, 1970 12:16 AM`. */
function formatted(ms: number): string {
  const date = new Date(ms);
  const hour = date.getUTCHours();
  const minute = String(date.getUTCMinutes()).padStart(2, "0");
  const [day, month] = [date.getUTCDate(), MONTH_NAMES[date.getUTCMonth()]];
  return `${month} ${day}, ${date.getUTCFullYear()} ${hour % 12 === 0 ? 12 : hour % 12}:${minute} ${hour < 12 ? "AM" : "PM"}`;
}

const MONTH_NAMES = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"] as const;
const FIELD_NAMES = "'msec', 'sec', 'min', 'hour', 'day', 'week', 'month', 'year'";
const INSTANT_MAX_MS = 8_639_999_999_999_999;
