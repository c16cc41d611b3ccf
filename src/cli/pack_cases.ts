import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { HotakaError, messageOf, parseCidr } from "../kit/index.ts";
import type { Pack } from "../settings/index.ts";

/** A log with what rules of CrowdSec report of it, and the pack whose queries have the meaning of these rules. */
interface PackCase {
  readonly name: string;
  readonly pack: Pack;
  readonly log: string;
  readonly path: string;
  /** The queries that stand for the rules of the case; others may find what they like. */
  readonly queries: readonly string[];
  /** `block.ssh_bf 203.0.113.7` */
  readonly finds: readonly string[];
}

/**
 * The cases of a folder: each folder in it with an `expected.json` that names a log, its kind, the rules and their alerts; one without a log
 * is of another kind and passed over. Throws HOTAKA_CASES_FILE with what cannot be read, or what no pack has.
 */
export async function loadPackCases(folder: string, packs: readonly Pack[]): Promise<PackCase[]> {
  const cases: PackCase[] = [];
  for (const name of namesIn(folder)) {
    const file = join(folder, name, FILE);
    const json = await jsonOf(file);
    if (typeof json !== "object" || json === null || !("log_file" in json)) continue;
    const read = EXPECTED.safeParse(json);
    if (!read.success) throw wrong(file, z.prettifyError(read.error));
    cases.push(caseOf(name, read.data, join(folder, name), packs));
  }
  if (cases.length === 0) throw wrong(folder, `folders with an ${FILE} were wanted`);
  return cases;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => existsSync(join(folder, name, FILE)))
      .toSorted();
  } catch (thrown) {
    throw wrong(folder, messageOf(thrown));
  }
}

async function jsonOf(file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, "utf8"));
  } catch (thrown) {
    throw wrong(file, messageOf(thrown));
  }
}

function caseOf(name: string, expected: Expected, folder: string, packs: readonly Pack[]): PackCase {
  const { scenario, log_type: type, log_file: file, expected_alerts: alerts } = expected;
  const pack = packs.find(({ queries }) => queries.some(({ after }) => after !== undefined && scenario.includes(after)));
  if (pack === undefined) throw wrong(name, `no pack has a query after ${scenario.join(", ")}`);
  const log = [...pack.logs].find(([, { crowdsecTypes }]) => crowdsecTypes.includes(type));
  if (log === undefined) throw wrong(name, `${pack.name} reads no log of type ${type}`);
  const queryOf = (rule: string): string => pack.queries.find(({ after }) => after === rule)?.name ?? rule;
  const finds = alerts.flatMap((alert) => alert.sources.map(({ value }) => `${queryOf(alert.scenario)} ${clientOf(value)}`));
  return { name, pack, log: log[0], path: join(folder, file), queries: scenario.map(queryOf), finds: [...new Set(finds)].toSorted() };
}

/** As the ready queries name it: an IPv6 address stands for its /64. */
function clientOf(address: string): string {
  const cidr = parseCidr(address);
  if (cidr === undefined) return address;
  return cidr.shown.includes(":") && !cidr.shown.includes("/") ? (parseCidr(`${cidr.shown}/64`)?.shown ?? address) : cidr.shown;
}

function wrong(place: string, why: string): HotakaError {
  return new HotakaError("HOTAKA_CASES_FILE", `${place} holds no case that can be run: ${why}.`);
}

const FILE = "expected.json";
const EXPECTED = z.object({
  log_file: z.string().regex(/^[\w.-]+$/),
  log_type: z.string(),
  scenario: z.array(z.string()).min(1),
  expected_alerts: z.array(z.object({ scenario: z.string(), sources: z.array(z.object({ value: z.string() })) })),
});
type Expected = z.infer<typeof EXPECTED>;
