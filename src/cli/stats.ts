import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Command } from "commander";
import { exportStats, importStats, type StatsImport } from "../catalog/index.ts";
import { HotakaError, messageOf } from "../kit/index.ts";
import { examples, type Shell } from "./command.ts";
import { ask, type DaemonOptions, dataFolders, isAbsence } from "./daemon_options.ts";
import { CATALOG_FILE, withCatalog, withLockedCatalog } from "./kept_catalog.ts";

/** `hotaka stats` */
export function declareStats(noun: Command, { terminal: { out }, clock }: Shell): void {
  noun
    .description("Takes targets and queries out and in, in the form of the file that `norikra start --stats` keeps.")
    .helpCommand("help [verb]", "print the help of a verb")
    .addHelpText(
      "after",
      examples(
        ["hotaka stats import norikra.stats.json", "the catalog of a Norikra moves over, whether the daemon runs or not"],
        ["hotaka stats import --dry-run norikra.stats.json", "what would become of it"],
        ["hotaka stats export > stats.json", "a copy of what was opened and registered, also while the daemon runs"],
      ),
    );
  withFolderOptions(noun.command("export"))
    .description("Writes the targets that learn their fields, and the queries that the settings do not declare. The daemon may run.")
    .argument("[file]", "where to; without it the standard output")
    .action(async (file: string | undefined, options: DaemonOptions) => {
      const folder = await folderOf(options);
      if (!existsSync(join(folder, CATALOG_FILE)))
        throw new HotakaError(
          "HOTAKA_DATA_DIR",
          `${folder} has no ${CATALOG_FILE}, so nothing was opened or registered there. Name the data folder with --data-dir.`,
        );
      const text = await withCatalog(folder, clock, exportStats);
      if (file === undefined) {
        out.write(text);
        return;
      }
      await writeFile(file, text).catch((thrown: unknown) => {
        throw new HotakaError("HOTAKA_CLI_USAGE", `${file} could not be written: ${messageOf(thrown)}.`);
      });
    });
  withFolderOptions(noun.command("import"))
    .description(
      "Opens the targets and registers the queries of a file, all of them or none. What is there already stays. The daemon may run.",
    )
    .argument("<file>", "a file that Norikra or `hotaka stats export` wrote")
    .option("--dry-run", "say what would be done, and do nothing")
    .action(async (file: string, { dryRun = false, ...options }: DaemonOptions & { dryRun?: boolean }) => {
      const text = await readFile(file, "utf8").catch((thrown: unknown) => {
        throw new HotakaError("HOTAKA_CLI_USAGE", `${file} could not be read: ${messageOf(thrown)}.`);
      });
      const done = await importByDaemon(options, text, dryRun).catch(async (thrown: unknown) => {
        if (!isAbsence(thrown)) throw thrown;
        return withLockedCatalog(await folderOf(options), clock, (catalog) => importStats(catalog, text, { dryRun }));
      });
      out.write(importText(done, dryRun));
    });
}

function withFolderOptions(command: Command): Command {
  return command
    .option("-c, --config <file>", "settings file that names the data folder")
    .option("-d, --data-dir <folder>", "data folder of the daemon");
}

async function importByDaemon(options: DaemonOptions, text: string, dryRun: boolean): Promise<StatsImport> {
  const answer = await ask(options, "POST", "/v1/stats", { text, dry_run: dryRun });
  const [targets, queries] = [answer.object("targets"), answer.object("queries")];
  return {
    targets: { opened: targets.texts("opened"), there: targets.texts("there") },
    queries: {
      running: queries.texts("running"),
      waiting: queries.texts("waiting"),
      edited: queries.texts("edited"),
      there: queries.texts("there"),
    },
  };
}

async function folderOf(options: DaemonOptions): Promise<string> {
  const [folder = "."] = await dataFolders(options);
  return folder;
}

/** What an import did, a line for each thing. */
function importText({ targets, queries }: StatsImport, isDryRun: boolean): string {
  const lines = [
    ...targets.opened.map((name) => `target ${name} opened`),
    ...targets.there.map((name) => `target ${name} was there`),
    ...queries.running.map((name) => `query ${name} registered`),
    ...queries.waiting.map((name) => `query ${name} registered; it waits for fields that no event has had yet`),
    ...queries.there.map((name) => `query ${name} was there`),
  ];
  const end = isDryRun ? "Nothing was done: this was a dry run." : `${lines.length} in all.`;
  return `${[...lines, end].join("\n")}\n`;
}
