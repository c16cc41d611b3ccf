import type { Column, Row } from "../../event/index.ts";
import type { Expression } from "../plan/expression.ts";
import type { Plan } from "../plan/plan.ts";
import { COLUMN_HELPERS, columnCode } from "./columns.ts";
import { Emitter } from "./emitter.ts";
import { propertyName } from "./property_name.ts";

/** With `rows`, whose `size` rows are meant, `times` is the clock at every row of the batch. Puts the rows of a batch into `out` with the instant of each in `instants`; returns the instant of the last event. */
export type Project = (
  size: number,
  times: Float64Array,
  columns: readonly (Column | undefined)[],
  nowMs: number,
  out: Row[],
  instants: number[],
  rows?: Int32Array,
) => number;

/** The code of a query that makes a row of each event: one loop over the columns of a batch. `slots` are the fields it reads. */
export function projectionCode(plan: Plan, slots: readonly number[], layout: string, selected: boolean): Project {
  const emitter = new Emitter(COLUMN_HELPERS);
  const { prologue, places } = columnCode(layout, slots);
  const conditions = [plan.streams[0]!.filter, plan.where, plan.having].filter(
    (condition): condition is Expression => condition !== undefined,
  );
  const tests = conditions.map((condition) => `if (!(${emitter.test(condition, places)})) continue;`);
  const row = plan.items.map(({ name, expression }) => `${propertyName(name, emitter)}: ${emitter.value(expression, places).text}`);
  const body = `
    ${prologue}
    ${selected ? "for (let at = 0; at < size; at++) { const i = rows[at];" : "for (let i = 0; i < size; i++) {"}
      if (times[i] > now) now = times[i];
      ${tests.join("\n")}
      out.push({ ${row.join(", ")} });
      instants.push(now);
    }
    return now;`;
  return emitter.build("project", ["size", "times", "columns", "now", "out", "instants", "rows"], body) as Project;
}
