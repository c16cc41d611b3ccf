import { batchOf, Schema } from "../../event/index.ts";
import { assert, HotakaError, messageOf } from "../../kit/index.ts";
import { openStatement } from "../open.ts";
import type { Statement } from "../statement.ts";
import type { Case, CaseOutput } from "./case.ts";
import { compare, type Difference } from "./compare.ts";

export type Verdict =
  | { readonly passed: true }
  | { readonly passed: false; readonly reason: string; readonly differences: readonly Difference[] };

export interface RunOptions {
  /** Before every event the statement is saved and another one goes on from there: it must make no difference. */
  readonly restarts?: boolean;
}

/** Runs one case on one engine and says whether it came out as recorded. */
export function runCase(given: Case, engine: "generated" | "interpreted", options: RunOptions = {}): Verdict {
  let found: CaseOutput[];
  try {
    found = outputsOf(given, engine, options);
  } catch (thrown) {
    const refusal = thrown instanceof HotakaError && thrown.code.startsWith("HOTAKA_SQL_") ? thrown : undefined;
    if (given.refusal !== "never" && refusal?.message.includes(given.refusalWords)) return { passed: true };
    const code = thrown instanceof HotakaError ? `${thrown.code}  ` : "";
    return { passed: false, reason: `${code}${messageOf(thrown)}`, differences: [] };
  }
  if (given.refusal === "allowed") return { passed: true };
  if (given.refusal === "always") return { passed: false, reason: "the statement was accepted, but must be refused", differences: [] };
  const differences = given.outputs.map((output) => compare(output, found, given));
  const least = differences.toSorted((a, b) => a.length - b.length)[0]!;
  return least.length === 0 ? { passed: true } : { passed: false, reason: `${least.length} instants differ`, differences: least };
}

/** What a case puts out. Throws HOTAKA_SQL_* when its statement is refused. */
export function outputsOf(given: Case, engine: "generated" | "interpreted", { restarts = false }: RunOptions = {}): CaseOutput[] {
  if (given.setup.length > 0) throw new HotakaError("HOTAKA_SQL_UNSUPPORTED", "this version does not have INSERT INTO.");
  const schemas = new Map(Object.entries(given.targets).map(([name, fields]) => [name, new Schema(name, fields)]));
  const found: CaseOutput[] = [];
  const open = (): Statement =>
    openStatement({
      name: given.id,
      text: given.query,
      schemas,
      startMs: given.startMs,
      engine,
      sink: ({ timeMs, rows, removed }) => found.push({ timeMs, rows, removed }),
    });
  let statement = open();
  let nowMs = given.startMs;
  for (const event of given.events) {
    nowMs = Math.max(nowMs, event.timeMs);
    if (restarts) statement = restarted(statement, open());
    if (event.kind === "advance") {
      statement.advanceTo(nowMs);
    } else {
      const schema = schemas.get(event.target);
      if (schema !== undefined) statement.accept(batchOf(schema, [event.record], [nowMs]));
    }
  }
  return found;
}

function restarted(before: Statement, after: Statement): Statement {
  assert(after.restore(before.save()), "a statement did not take up what one of the same text had saved");
  return after;
}
