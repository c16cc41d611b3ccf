import type { Command } from "commander";
import { readFile } from "node:fs/promises";
import { HotakaError, messageOf, type MsgpackValue } from "../../kit/index.ts";
import { examples, type Shell } from "../command.ts";
import { declareNoun, mapOf, Remote } from "./remote.ts";
import { rubyInspect, rubyJsonPretty, rubyText } from "./ruby_text.ts";
import { changesOf } from "./query_changes.ts";

/** `hotaka query` */
export function declareQuery(noun: Command, shell: Shell): void {
  declareNoun(noun, "Manages the queries that watch targets.").addHelpText(
    "after",
    examples(
      ["hotaka query add by_host 'SELECT host, COUNT(*) FROM access.win:time_batch(1 min) GROUP BY host'", "from now on"],
      ["hotaka query dump > queries.json", "all of them, as JSON"],
      ["hotaka query sync --dry-run queries.json", "what would have to change to have these and no others"],
    ),
  );
  declareList(noun, shell);
  noun
    .command("add")
    .description("Registers a query.")
    .argument("<name>", "its name")
    .argument("<expression>", "its text")
    .option("-g, --group <name>", "group, to sweep the rows of several queries at once")
    .action(async (name: string, expression: string, { group }: { group?: string }) =>
      Remote.with(noun, shell, async (remote) => void (await remote.call("register", name, group ?? null, expression))),
    );
  const verb = (name: string, description: string, method: string): void => {
    noun
      .command(name)
      .description(description)
      .argument("<name>", "the query")
      .action(async (query: string) => Remote.with(noun, shell, async (remote) => void (await remote.call(method, query))));
  };
  verb("remove", "Takes a query out, with the rows nobody fetched.", "deregister");
  verb("suspend", "Stops a query and keeps its text.", "suspend");
  verb("resume", "Starts a suspended query afresh.", "resume");
  noun
    .command("dump")
    .description("Prints all queries as JSON, as `sync` reads them.")
    .action(async () =>
      Remote.with(noun, shell, async (remote) => shell.terminal.out.write(`${rubyJsonPretty(await remote.list("queries"))}\n`)),
    );
  noun
    .command("sync")
    .description(
      "Makes the queries those of a file: removes what is not in it, adds what is missing. The file is JSON as `dump` prints it.",
    )
    .argument("[file]", "the file; without it, standard input")
    .option("-n, --dry-run", "say what would be done, and do nothing")
    .option("--dry_run", "the same")
    .action(async (file: string | undefined, options: { dryRun?: boolean; dry_run?: boolean }) => {
      const wanted = await queriesOf(file, shell);
      await Remote.with(noun, shell, async (remote) =>
        synchronise(remote, wanted, { isDry: options.dryRun === true || options.dry_run === true, shell }),
      );
    });
}

function declareList(noun: Command, shell: Shell): void {
  const { out } = shell.terminal;
  noun
    .command("list")
    .description("Lists queries, by target and name.")
    .option("-s, --simple", "without header and footer")
    .action(async ({ simple }: { simple?: boolean }) =>
      Remote.with(noun, shell, async (remote) => {
        if (simple !== true) out.write("NAME\tGROUP\tTARGETS\tSUSPENDED\tQUERY\n");
        const lines = (await remote.maps("queries"))
          .map(listed)
          .toSorted((left, right) => compare(left.target, right.target) || compare(left.name, right.name));
        for (const { line } of lines) out.write(`${line}\n`);
        if (simple !== true) out.write(`${lines.length} queries found.\n`);
      }),
    );
}

function listed({ name = null, group, targets, suspended = null, expression = null }: Readonly<Record<string, MsgpackValue>>): {
  readonly target: string;
  readonly name: string;
  readonly line: string;
} {
  const names = Array.isArray(targets) ? targets.map((target: MsgpackValue) => rubyText(target)) : [];
  const text = rubyText(expression)
    .split("\n")
    .map((line) => line.trim())
    .join(" ");
  const line = [rubyText(name), rubyText(group ?? "default"), names.join(","), rubyText(suspended), text].join("\t");
  return { target: names[0] ?? "", name: rubyText(name), line };
}

async function synchronise(
  remote: Remote,
  wanted: readonly MsgpackValue[],
  { isDry, shell }: { readonly isDry: boolean; readonly shell: Shell },
): Promise<void> {
  const { removed, added } = changesOf(await remote.list("queries"), wanted);
  const prefix = isDry ? "[dry-run] " : "";
  for (const query of removed) {
    shell.terminal.out.write(`${prefix}remove query ${rubyInspect(query)}\n`);
    if (!isDry) await remote.call("deregister", mapOf(query)["name"] ?? null);
  }
  for (const query of added) {
    shell.terminal.out.write(`${prefix}add query ${rubyInspect(query)}\n`);
    const { name = null, group = null, expression = null, suspended = false } = mapOf(query);
    if (isDry) continue;
    await remote.call("register", name, group, expression);
    if (suspended === true) await remote.call("suspend", name);
  }
}

async function queriesOf(file: string | undefined, { input }: Shell): Promise<readonly MsgpackValue[]> {
  const place = file ?? "standard input";
  let value: unknown;
  try {
    value = JSON.parse(file === undefined || file === "-" ? await textOf(input ?? process.stdin) : await readFile(file, "utf8"));
  } catch (thrown) {
    throw new HotakaError(
      "HOTAKA_CLI_USAGE",
      `${place} is not a list of queries as \`hotaka query dump\` prints it: ${messageOf(thrown)}.`,
    );
  }
  const queries = Array.isArray(value) ? (value as readonly MsgpackValue[]) : undefined;
  const wrong = queries?.findIndex((query) => {
    const { name, expression } = mapOf(query);
    return typeof name !== "string" || typeof expression !== "string";
  });
  if (queries !== undefined && wrong === -1) return queries;
  const found = queries === undefined ? "no list was found" : `item ${wrong} has no "name" or no "expression"`;
  throw new HotakaError("HOTAKA_CLI_USAGE", `${place} is not a list of queries as \`hotaka query dump\` prints it: ${found}.`);
}

async function textOf(chunks: AsyncIterable<Buffer>): Promise<string> {
  const all: Buffer[] = [];
  for await (const chunk of chunks) all.push(chunk);
  return Buffer.concat(all).toString("utf8");
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
