import { readFile, writeFile } from "node:fs/promises";
import { dirname, relative, resolve } from "node:path";
import type { Command } from "commander";
import { errnoOf, HotakaError, messageOf } from "../kit/index.ts";
import { examples, type Shell } from "./command.ts";
import { SETTINGS_FILE } from "./daemon_options.ts";
import { importReport } from "./import_report.ts";

/** `hotaka import` */
export function declareImport(noun: Command, shell: Shell): void {
  noun.description("Translates what another program was told into settings.").helpCommand("help [verb]", "print the help of a verb");
  noun
    .command("fluentd")
    .description(
      "Translates a configuration of Fluentd, with what it includes, and says line by line what could not be translated and what works otherwise. " +
        "Exit status 0: everything was; 1: something is missing from what was written.",
    )
    .argument("<file>", "the configuration, such as /etc/td-agent/td-agent.conf")
    .option("-o, --output <file>", "where the settings are written; without it to the standard output")
    .option(
      "--stats <file>",
      "the file of norikra start --stats: the fields of its targets are those that logs of json and ltsv are read for",
    )
    .option("--force", "write over a file that is there")
    .option("--json", "print what there is to tell as JSON, on the standard error without --output")
    .addHelpText(
      "after",
      examples(
        ["hotaka import fluentd /etc/td-agent/td-agent.conf", "shows what would become of it"],
        [`hotaka import fluentd /etc/td-agent/td-agent.conf -o ${SETTINGS_FILE}`, "and then hotaka validate, hotaka run"],
        ["hotaka import fluentd td-agent.conf --stats norikra.stats.json", "with the fields that the targets of a Norikra have"],
        ["hotaka stats import norikra.stats.json", "the queries that a Norikra had, before the daemon starts"],
      ),
    )
    .action(async (file: string, options: ImportOptions) => importFluentd(file, options, shell));
}

interface ImportOptions {
  readonly output?: string;
  readonly stats?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

async function importFluentd(file: string, { output, stats, force = false, json = false }: ImportOptions, shell: Shell): Promise<void> {
  const [{ fieldsOfStats, readConfiguration, translate }, { stringify }] = await Promise.all([
    import("../imports/index.ts"),
    import("yaml"),
  ]);
  const known = stats === undefined ? undefined : fieldsOfStats(await textOf(stats), stats);
  const { settings, notes } = translate(readConfiguration(file), known);
  const head = `# Made of ${relative(dirname(resolve(output ?? SETTINGS_FILE)), resolve(file))} by \`hotaka import fluentd\`.\n`;
  const text = `${head}\n${stringify({ data_dir: "./data", ...settings }, { lineWidth: 0 })}`;
  const problems = await problemsOf(text, output ?? SETTINGS_FILE);
  const report = importReport({ file, notes, problems, settings, output });
  if (output === undefined) shell.terminal.out.write(text);
  else await write(output, text, force);
  const to = output === undefined ? shell.terminal.err : shell.terminal.out;
  to.write(json ? `${JSON.stringify({ file, output, notes, problems })}\n` : report);
  if (problems.length > 0 || notes.some(({ kind }) => kind === "untranslated")) shell.exitStatus = 1;
}

async function textOf(path: string): Promise<string> {
  return readFile(path, "utf8").catch((thrown: unknown) => {
    throw new HotakaError("HOTAKA_CLI_USAGE", `${path} could not be read: ${messageOf(thrown)}.`, { cause: thrown });
  });
}

/** What is wrong with the settings as they would stand, a line each. */
async function problemsOf(text: string, file: string): Promise<string[]> {
  const { COMPONENTS, readSettings } = await import("../settings/index.ts");
  try {
    await readSettings(text, file, COMPONENTS);
    return [];
  } catch (thrown) {
    if (!(thrown instanceof HotakaError)) throw thrown;
    return thrown.message.split("\n");
  }
}

async function write(path: string, text: string, force: boolean): Promise<void> {
  try {
    // There may be keys in it.
    await writeFile(path, text, { flag: force ? "w" : "wx", mode: 0o600 });
  } catch (thrown) {
    const isThere = errnoOf(thrown) === "EEXIST";
    const sentence = isThere
      ? `${path} is there already. Name another file, or add --force.`
      : `${path} could not be written: ${messageOf(thrown)}.`;
    throw new HotakaError("HOTAKA_CLI_USAGE", sentence, { cause: thrown });
  }
}
