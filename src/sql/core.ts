import { HotakaError } from "../kit/index.ts";
import { COMMON_WORDS } from "./common_words.ts";
import { learn } from "./dialect.ts";
import { openOnColumns, planOf, type StatementOptions } from "./plan_of.ts";
import type { Statement } from "./statement.ts";

learn(COMMON_WORDS);

/**
 * A door to the part of the language that most queries get by with, for whoever has no time to load the rest: a replay. Behind `index.ts` is
 * all of it.
 */
export { SharedStatements } from "./runtime/shared_statements.ts";
export { SharedStates } from "./shared_states.ts";
export { DEFAULT_BUDGET, isSameBudget, WHEN_FULL } from "./statement.ts";

/** As `openStatement`. Throws HOTAKA_SQL_* also for a query that is good, but needs more of the language than there is here. */
export function openCommonStatement(options: StatementOptions): Statement {
  const statement = openOnColumns(planOf(options), options);
  if (statement === undefined) throw new HotakaError("HOTAKA_SQL_UNSUPPORTED", `query "${options.name}" needs all of the language.`);
  return statement;
}
