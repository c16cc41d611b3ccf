import { readFileSync, writeFileSync } from "node:fs";
import type { Command } from "commander";
import { type Row, rowToJson } from "../event/index.ts";
import { HotakaError, messageOf } from "../kit/index.ts";
import { type Case, completeStories, type Difference, parseCases, parseStories, runCase, type Verdict } from "../sql/cases/index.ts";
import { examples, type Shell } from "./command.ts";
import { Progress } from "./progress.ts";
import { tableText } from "./table.ts";

/** `hotaka cases` */
export function declareCases(command: Command, shell: Shell): void {
  command
    .description(
      "Runs recorded cases of the query language: what goes in when, and what must come out when. FILE is JSON lines (.jsonl) or stories " +
        "(.case). Prints a table by group, then how many passed and failed; the exit status is 0 only if none failed.",
    )
    .argument("<file...>", "files of cases")
    .option("--group <name>", "only the cases of this group, each failed one with what is different")
    .option("--id <id>", "only this case, with what is different")
    .option("--engine <name>", "generated, or interpreted for the reference", "generated")
    .option("--complete", "write what the stories (.case) put out below their dashes, for a person to read before it is kept")
    .addHelpText(
      "after",
      examples(
        ["hotaka cases src/sql/cases/*.case", "every story of the language"],
        ["hotaka cases cases.jsonl --group having", "one group, with its differences"],
      ),
    )
    .action((files: string[], options: Options) => {
      const { engine } = options;
      if (engine !== "generated" && engine !== "interpreted") {
        throw new HotakaError("HOTAKA_CLI_USAGE", `--engine: "${engine}" is neither generated nor interpreted.`);
      }
      if (options.complete === true) for (const file of files) complete(file);
      const chosen = files.flatMap(readCases).filter(({ group, id }) => (options.group ?? group) === group && (options.id ?? id) === id);
      if (chosen.length === 0) throw new HotakaError("HOTAKA_CASES_FILE", `there is no such case in ${files.join(", ")}.`);
      const results = run(chosen, engine, shell);
      report(results, options, shell);
    });
}

interface Options {
  readonly group?: string;
  readonly id?: string;
  readonly engine: string;
  readonly complete?: boolean;
}

interface Result {
  readonly given: Case;
  readonly verdict: Verdict;
}

function readCases(file: string): Case[] {
  const text = textOf(file);
  return file.endsWith(".case") ? parseStories(text, file).map((story) => story.case) : parseCases(text, file);
}

function complete(file: string): void {
  if (!file.endsWith(".case")) throw new HotakaError("HOTAKA_CLI_USAGE", `--complete writes stories (.case), and ${file} is none.`);
  writeFileSync(file, completeStories(parseStories(textOf(file), file)));
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (thrown) {
    throw new HotakaError("HOTAKA_CASES_FILE", `${file} could not be read: ${messageOf(thrown)}`, { cause: thrown });
  }
}

function run(cases: readonly Case[], engine: "generated" | "interpreted", { clock, terminal }: Shell): Result[] {
  const shown = (amount: number): string => `${amount} cases`;
  const progress = new Progress({ name: "running", total: cases.length, shown, clock, screen: terminal.err });
  try {
    return cases.map((given, index) => {
      progress.at(index);
      return { given, verdict: runCase(given, engine) };
    });
  } finally {
    progress.end();
  }
}

function report(results: readonly Result[], { group, id }: Options, shell: Shell): void {
  const { out } = shell.terminal;
  const failed = results.filter(({ verdict }) => !verdict.passed);
  if (group !== undefined || id !== undefined) for (const result of failed) out.write(differencesText(result));
  const rows = [...groupsOf(results)].map(([name, { passed, all }]) => [name, String(passed), String(all - passed)]);
  out.write(tableText(["group", "passed", "failed"], rows));
  out.write(`${results.length - failed.length} passed, ${failed.length} failed\n`);
  if (failed.length > 0) shell.exitStatus = 1;
}

function groupsOf(results: readonly Result[]): Map<string, { passed: number; all: number }> {
  const groups = new Map<string, { passed: number; all: number }>();
  for (const { given, verdict } of results) {
    const { passed, all } = groups.get(given.group) ?? { passed: 0, all: 0 };
    groups.set(given.group, { passed: passed + Number(verdict.passed), all: all + 1 });
  }
  return groups;
}

/** A failed case for a person: its query, and at each instant what should have come and what came. */
function differencesText({ given, verdict }: Result): string {
  if (verdict.passed) return "";
  const head = [`${given.id}: ${verdict.reason}`, ...given.query.split("\n").map((line) => `  ${line}`)];
  return `${[...head, ...verdict.differences.flatMap(differenceLines)].join("\n")}\n\n`;
}

function differenceLines({ timeMs, stream, expected, found }: Difference): string[] {
  const [wanted, got] = [expected.map(rowText), found.map(rowText)];
  const missing = without(wanted, got).map((row) => `    - ${row}`);
  const extra = without(got, wanted).map((row) => `    + ${row}`);
  const order = missing.length + extra.length === 0 ? ["    the rows are these, but in another order"] : [];
  return [`  at ${timeMs} ms, ${stream}: expected ${wanted.length}, found ${got.length}`, ...missing, ...extra, ...order];
}

/** A row with its columns in the order of their names, so that equal rows read the same. */
function rowText(row: Row): string {
  return rowToJson(Object.fromEntries(Object.entries(row).toSorted(([a], [b]) => (a < b ? -1 : 1))));
}

/** The rows of `left` that `right` does not have, each as often as it is missing. */
function without(left: readonly string[], right: readonly string[]): string[] {
  const rest = [...right];
  return left.filter((row) => {
    const at = rest.indexOf(row);
    if (at !== -1) rest.splice(at, 1);
    return at === -1;
  });
}
