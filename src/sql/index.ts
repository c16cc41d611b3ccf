export { type Completion, type Completions, completionsAt } from "./completion.ts";
export { isFunctionName, openStatement } from "./open.ts";
export { planOf, type StatementOptions } from "./plan_of.ts";
export { type SharedMember, SharedStatements } from "./runtime/shared_statements.ts";
export { SharedStates } from "./shared_states.ts";
export {
  type Budget,
  DEFAULT_BUDGET,
  isSameBudget,
  WHEN_FULL,
  type Delivery,
  type OutputColumn,
  type SharedState,
  type Sink,
  type Statement,
  type StatementUsage,
} from "./statement.ts";
export { fieldTypeOf } from "./plan/type.ts";
export type { Type } from "./plan/type.ts";
export type { Accumulator, AggregateDefinition, FunctionDefinition, OwnDefinitions } from "./vocabulary.ts";
