import type { Use } from "../../event/index.ts";
import { type Expression, partsOf } from "../plan/expression.ts";
import { itemOf, rowTypeOf } from "../plan/type.ts";
import type { AnalysedStream } from "./stream.ts";

/** The fields read of one stream: as a key where they are grouped by as they are. */
export function demandOf(
  index: number,
  stream: AnalysedStream,
  read: readonly Expression[],
  keys: readonly Expression[],
): Map<string, Use> {
  const demand = new Map<string, Use>();
  // The targets of a pattern are asked for all their fields, for its matches hold whole events.
  if (stream.pattern !== undefined) return demand;
  const add = (slot: number): void => {
    const { name } = stream.schema.fields[slot]!;
    if (!demand.has(name)) demand.set(name, "value");
  };
  const visit = (expression: Expression, streams: ReadonlySet<number>): void => {
    if (expression.op === "member" && isEventOf(expression.operand, streams)) add(expression.slot);
    // What takes an event whole may look at all of it.
    if (expression.op === "call" && expression.args.some((argument) => isEventOf(argument, streams))) {
      for (const { slot } of stream.schema.fields) add(slot);
    }
    if (expression.op === "field" && streams.has(expression.stream)) add(expression.slot);
    for (const part of partsOf(expression)) visit(part, streams);
  };
  if (stream.filter !== undefined) visit(stream.filter, ITSELF);
  for (const { parameters, aggregates } of stream.views) {
    for (const parameter of parameters) if (parameter.kind === "expression") visit(parameter.expression, ITSELF);
    for (const { args, filter } of [...aggregates.values()].flat())
      for (const part of [...args, ...(filter === undefined ? [] : [filter])]) visit(part, ITSELF);
  }
  // A match holds whole events.
  if (stream.rowPattern !== undefined) {
    for (const { slot } of stream.schema.fields) add(slot);
    return demand;
  }
  // What a view has derived is no field of the target.
  if (stream.window?.gives !== undefined) return demand;
  for (const expression of read) visit(expression, new Set([index]));
  for (const key of keys) {
    if (key.op === "field" && key.stream === index && key.type === "string") demand.set(stream.schema.fields[key.slot]!.name, "key");
  }
  return demand;
}

/** Whether an expression is an event, or a list of events, of one of these streams. */
function isEventOf({ type }: Expression, streams: ReadonlySet<number>): boolean {
  const rowType = rowTypeOf(itemOf(type) ?? type);
  return rowType !== undefined && streams.has(rowType);
}

/** The numbers that a stream has in its own filter and windows: itself, and the events at the ends of its window. */
const ITSELF: ReadonlySet<number> = new Set([0, 2, 3]);
