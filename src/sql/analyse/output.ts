import { Schema } from "../../event/index.ts";
import type { OutputPlan, OutputTrigger } from "../plan/output.ts";
import { LAST_DAY, LAST_WEEKDAY, Schedule, type ScheduleField } from "../plan/schedule.ts";
import type { CronFieldNode, OutputAmountNode, OutputNode, SourceText, Node } from "../syntax/index.ts";
import { ExpressionAnalyser } from "./expression.ts";
import { periodOfNode } from "./period.ts";
import { NameScope } from "./scope.ts";

/** The OUTPUT clause with its periods, counts and schedule worked out. */
export function analyseOutput(node: OutputNode, source: SourceText): OutputPlan {
  if (node.assignments.length > 0) {
    throw source.error("HOTAKA_SQL_UNSUPPORTED", node.at, "this version does not have variables, so nothing can be set after THEN.");
  }
  const after = node.after && amount(node.after, source, 0);
  return {
    select: node.select,
    after: after === undefined || after.by === "events" ? after && { events: after.count } : { period: after.period },
    trigger: trigger(node, source),
  };
}

function trigger(node: OutputNode, source: SourceText): OutputTrigger | undefined {
  if (node.every !== undefined) return amount(node.every, source);
  if (node.schedule !== undefined) return { by: "schedule", schedule: scheduleOf(node.schedule, node, source) };
  if (node.when === undefined) return undefined;
  const analyser = new ExpressionAnalyser(new NameScope(source, [{ target: "output", alias: "output", schema: OUTPUT_STATE }]));
  return { by: "condition", condition: analyser.condition(node.when, { name: "OUTPUT WHEN", aggregates: false }) };
}

function amount(node: OutputAmountNode, source: SourceText, least = 1): Extract<OutputTrigger, { by: "events" | "time" }> {
  if (node.kind === "events") {
    const { count } = node;
    if (count.kind === "literal" && typeof count.value === "number" && Number.isInteger(count.value) && count.value >= least)
      return { by: "events", count: count.value };
    throw source.error("HOTAKA_SQL_INVALID", node.at, `OUTPUT takes a whole number of events, ${least} or more.`);
  }
  const { period } = node;
  if (period.kind !== "period") throw source.error("HOTAKA_SQL_INVALID", node.at, "OUTPUT takes a period, as 10 sec.");
  const length = periodOfNode(period, source);
  if (length.ms <= 0 && length.months <= 0) throw source.error("HOTAKA_SQL_INVALID", node.at, "a period of OUTPUT must be above 0.");
  return { by: "time", period: length };
}

/** What the condition of OUTPUT WHEN may name. */
const OUTPUT_STATE = new Schema("output", {
  count_insert: "integer",
  count_remove: "integer",
  count_insert_total: "integer",
  count_remove_total: "integer",
  last_output_timestamp: "integer",
});

export function scheduleOf(nodes: readonly CronFieldNode[], output: Node, source: SourceText): Schedule {
  if (nodes.length < 5 || nodes.length > 6) {
    throw source.error(
      "HOTAKA_SQL_INVALID",
      output.at,
      "a schedule has five fields or six: minute, hour, day, month, day of week, second.",
    );
  }
  const [minutes, hours, days, months, weekdays, seconds] = FIELDS.map((field, index) =>
    nodes[index] === undefined ? undefined : fieldOf(nodes[index], field, source),
  );
  const allSeconds = nodes.length === 6 && seconds === undefined ? new Set(Array.from({ length: 60 }, (_, second) => second)) : seconds;
  const schedule = new Schedule({ minutes, hours, days, months, weekdays, seconds: allSeconds });
  if (schedule.next(0) === undefined) throw source.error("HOTAKA_SQL_INVALID", output.at, "this schedule means a day that never comes.");
  return schedule;
}

interface Field {
  readonly name: string;
  readonly low: number;
  readonly high: number;
}

const FIELDS: readonly Field[] = [
  { name: "minute", low: 0, high: 59 },
  { name: "hour", low: 0, high: 23 },
  { name: "day", low: 1, high: 31 },
  { name: "month", low: 1, high: 12 },
  { name: "day of week", low: 0, high: 6 },
  { name: "second", low: 0, high: 59 },
];

function fieldOf(node: CronFieldNode, field: Field, source: SourceText): ScheduleField {
  const { low, high, name } = field;
  const within = (value: number): number => {
    if (value >= low && value <= high) return value;
    throw source.error("HOTAKA_SQL_INVALID", node.at, `a ${name} lies from ${low} to ${high}, not at ${value}.`);
  };
  switch (node.kind) {
    case "any":
      return undefined;
    case "number":
      return new Set([within(node.value)]);
    case "range":
      return new Set(upTo(within(node.from), within(node.to), 1));
    case "step":
      if (node.step < 1) throw source.error("HOTAKA_SQL_INVALID", node.at, "a step is 1 or more.");
      return new Set(upTo(low, high, node.step));
    case "list":
      return new Set(node.fields.flatMap((part) => [...(fieldOf(part, field, source) ?? upTo(low, high, 1))]));
    case "word":
      if (node.word === "last" && name === "day" && node.value === undefined) return new Set([LAST_DAY]);
      if (node.word === "last" && name === "day of week") return new Set([LAST_WEEKDAY + within(node.value ?? 6)]);
      throw source.error("HOTAKA_SQL_UNSUPPORTED", node.at, `"${node.word}" cannot be a ${name} here.`);
  }
}

function upTo(low: number, high: number, step: number): number[] {
  return Array.from({ length: Math.floor((high - low) / step) + 1 }, (_, index) => low + index * step);
}
