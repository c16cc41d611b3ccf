import { Argument, type Command } from "commander";
import { type Pack, loadPack, loadPackTests, packNames } from "../settings/index.ts";
import { examples, type Shell } from "./command.ts";
import { loadPackCases } from "./pack_cases.ts";
import { runPack } from "./pack_run.ts";
import { tableText } from "./table.ts";

/** `hotaka queries` */
export function declareQueries(command: Command, shell: Shell): void {
  command
    .description(
      "Lists the packs of ready queries, which `packs` in the settings switches on, or tests them: each reads the logs that come with it, and what " +
        "its queries find is compared with what they are to find, by query and address.",
    )
    .addArgument(new Argument("<what>", "list, or test").choices(["list", "test"]))
    .argument("[packs...]", "packs; all of them unless given")
    .option(
      "--cases <folder>",
      "with test: run the packs over the logs of this folder instead, each beside an expected.json with alerts of CrowdSec",
    )
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      examples(
        ["hotaka queries list", "packs, the logs that they read, and their queries"],
        ["hotaka queries test ssh http", "these two"],
        ["hotaka queries test --cases corpus/detect", "what CrowdSec found there is to be found too"],
      ),
    )
    .action(async (what: string, names: string[], { cases, json = false }: { cases?: string; json?: boolean }) => {
      const packs = await Promise.all((names.length === 0 ? packNames() : names).map(loadPack));
      const { out } = shell.terminal;
      if (what === "list") {
        out.write(json ? `${JSON.stringify({ packs: packs.map(shownPack) })}\n` : packs.map(packText).join("\n"));
        return;
      }
      const runs = cases === undefined ? await runTests(packs, shell) : await runCases(cases, packs, shell);
      const failed = runs.filter(({ missing, surplus }) => missing.length + surplus.length > 0);
      out.write(json ? `${JSON.stringify({ runs })}\n` : runsText(runs));
      if (failed.length > 0) shell.exitStatus = 1;
    });
}

/** What came of one log. */
interface Run {
  readonly pack: string;
  readonly name: string;
  readonly expected: readonly string[];
  readonly found: readonly string[];
  readonly missing: readonly string[];
  readonly surplus: readonly string[];
}

async function runTests(packs: readonly Pack[], { clock }: Shell): Promise<Run[]> {
  const runs: Run[] = [];
  for (const pack of packs) {
    for (const { name, as, path, finds } of await loadPackTests(pack)) {
      const { found } = await runPack(pack, as, path, clock);
      runs.push(runOf(pack.name, name, finds, found));
    }
  }
  return runs;
}

async function runCases(folder: string, packs: readonly Pack[], { clock }: Shell): Promise<Run[]> {
  const runs: Run[] = [];
  for (const { name, pack, log, path, queries, finds } of await loadPackCases(folder, packs)) {
    const { found } = await runPack(pack, log, path, clock);
    const asked = found.filter((one) => queries.includes(one.split(" ")[0] ?? ""));
    runs.push(runOf(pack.name, name, finds, asked));
  }
  return runs;
}

function runOf(pack: string, name: string, expected: readonly string[], found: readonly string[]): Run {
  const missing = expected.filter((one) => !found.includes(one));
  const surplus = found.filter((one) => !expected.includes(one));
  return { pack, name, expected, found, missing, surplus };
}

function runsText(runs: readonly Run[]): string {
  const rows = runs.map(({ pack, name, expected, found, missing, surplus }) => {
    const verdict = missing.length + surplus.length === 0 ? "ok" : "FAILED";
    return [pack, name, String(expected.length), String(found.length), verdict];
  });
  const differences = runs.flatMap(({ pack, name, missing, surplus }) => [
    ...missing.map((one) => `${pack}, ${name}: ${one} was expected and not found.\n`),
    ...surplus.map((one) => `${pack}, ${name}: ${one} was found and not expected.\n`),
  ]);
  const failed = runs.filter(({ missing, surplus }) => missing.length + surplus.length > 0).length;
  const end = `${runs.length - failed} passed, ${failed} failed\n`;
  return tableText(["PACK", "LOG", "EXPECTED", "FOUND", ""], rows) + differences.join("") + end;
}

function packText({ name, summary, logs, queries }: Pack): string {
  const kinds = [...logs].map(
    ([kind, log]) => `  log ${kind}: ${log.summary}${log.paths.length === 0 ? "" : ` (${log.paths.join(", ")})`}\n`,
  );
  const rows = queries.map((query) => `  ${query.name}: ${query.summary}\n`);
  return `${name}: ${summary}\n${kinds.join("")}${rows.join("")}`;
}

function shownPack({ name, summary, target, logs, queries }: Pack): Record<string, unknown> {
  const kinds = [...logs].map(([kind, log]) => ({ name: kind, summary: log.summary, paths: log.paths }));
  return { name, summary, target, logs: kinds, queries };
}
