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
