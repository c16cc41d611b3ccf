import { Schema } from "../../event/index.ts";
import { HotakaError, messageOf } from "../../kit/index.ts";
import type { Case, CaseOutput } from "./case.ts";
import { Chain } from "./chain.ts";
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

/** What a case puts out. Throws HOTAKA_SQL_* when its statement, or one that it sets up, is refused. */
export function outputsOf(given: Case, engine: "generated" | "interpreted", { restarts = false }: RunOptions = {}): CaseOutput[] {
  const schemas = new Map(Object.entries(given.targets).map(([name, fields]) => [name, new Schema(name, fields)]));
  const found: CaseOutput[] = [];
  const chain = new Chain({ schemas, startMs: given.startMs, engine });
  given.setup.forEach((text, index) => chain.add(`${given.id} setup ${index + 1}`, text));
  chain.add(given.id, given.query, ({ timeMs, rows, removed }) => {
    if (rows.length > 0 || removed.length > 0) found.push({ timeMs, rows, removed });
  });
  let nowMs = given.startMs;
  for (const event of given.events) {
    nowMs = Math.max(nowMs, event.timeMs);
    if (restarts) chain.restart();
    chain.advanceTo(nowMs);
    if (event.kind === "event") chain.accept(event.target, event.record);
  }
  return found;
}
