export { openStatement, planOf, type StatementOptions } from "./open.ts";
export { type SharedMember, SharedStatements } from "./runtime/shared_statements.ts";
export { SharedStates } from "./shared_states.ts";
export {
  type Budget,
  DEFAULT_BUDGET,
  type Delivery,
  type OutputColumn,
  type SharedState,
  type Sink,
  type Statement,
  type StatementUsage,
} from "./statement.ts";
export { fieldTypeOf } from "./plan/type.ts";
