export { openStatement, planOf, type StatementOptions } from "./open.ts";
export {
  type Budget,
  DEFAULT_BUDGET,
  type Delivery,
  type OutputColumn,
  type Sink,
  type Statement,
  type StatementUsage,
} from "./statement.ts";
export { fieldTypeOf } from "./plan/type.ts";
export type { Case, ExpectedRow } from "./cases/case.ts";
export type { Difference } from "./cases/compare.ts";
export { parseCases } from "./cases/jsonl.ts";
export { runCase, type Verdict } from "./cases/run_case.ts";
export { completeStories, parseStories } from "./cases/story.ts";
