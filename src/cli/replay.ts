import { type Command, InvalidArgumentError } from "commander";
import { REPLAY_TARGET_TIME, type TargetTime } from "../catalog/index.ts";
import { combined } from "../formats/combined/combined.ts";
import { HotakaError, parseDuration } from "../kit/index.ts";
import { type Declare, examples, type Shell } from "./command.ts";
import type { ReplayBlocks } from "./replay_blocks.ts";
import { type ReplayPlan, runReplay } from "./replay_run.ts";
import type { ReplaySettings } from "./replay_settings.ts";

/** `hotaka replay`: what would these queries have found in that log? */
export const declareReplay: Declare = (command: Command, shell: Shell) => {
  command
    .description(
      "Runs queries over a log that is there already, in the time of its events and without a daemon. Rows go to stdout, everything " +
        "else to stderr. Nothing is kept and nothing is blocked.",
    )
    .requiredOption("--log <file>", "the log to read, from its beginning to its end; /dev/stdin reads a pipe")
    .option(
      "--format <format>",
      "what its lines look like: the name of a format, or with settings, as 'csv: { columns: [host, path] }'; fields of json, ltsv and logfmt are learnt from the lines",
      "combined",
    )
    .option("--sql <query>", "a query; may be given several times", gathered)
    .option("--name <name>", "a name for the query at the same place; query_1, query_2, ... unless given", gathered)
    .option("--config <file>", "a settings file whose queries are run, with its never-block list and, with --blocks, its block actions")
    .option(
      "--functions <file>",
      "functions of your own for the queries: a JavaScript module that runs with your rights; see `functions` in the settings",
    )
    .option("--target <name>", "what the queries call the log, as in FROM access", "access")
    .option("--lateness <duration>", "how long a line that is out of order is waited for, as 60s; 0 unless given", durationMs)
    .option("--blocks", "say what the block policy would decide about each row")
    .option("--address <column>", "with --blocks: the column that holds the address; host, or the first with one, unless given")
    .option("--json", "one JSON object a line instead of a table")
    .addHelpText(
      "after",
      examples(
        [`hotaka replay --log access.log --sql "SELECT host, code FROM access WHERE code >= 500"`, "every server error"],
        [`hotaka replay --log access.log --config hotaka.yaml --blocks`, "what a settings file would have blocked"],
        [
          `hotaka replay --log app.log --format json --target app --sql "SELECT level, count(*) AS n FROM app.win:time_batch(1 min) GROUP BY level"`,
          "a log of JSON",
        ],
        [`hotaka replay --log access.log --lateness 60s --json --sql "$(cat query.sql)"`, "a log that is not quite in order"],
      ),
    )
    .action(async (options: Options) => runReplay(await planOf(options), shell));
};

/** As commander gives them. */
interface Options {
  readonly log: string;
  readonly format: string;
  readonly sql?: readonly string[];
  readonly name?: readonly string[];
  readonly config?: string;
  readonly functions?: string;
  readonly target: string;
  readonly lateness?: number;
  readonly blocks?: boolean;
  readonly address?: string;
  readonly json?: boolean;
}

async function planOf(options: Options): Promise<ReplayPlan> {
  const { log, format, sql = [], name: names = [], config, target, lateness, blocks = false, address, json = false } = options;
  if (sql.length === 0 && config === undefined) throw usage("no query was given: --sql names one, --config a settings file with some.");
  if (names.length > sql.length)
    throw usage(`--name was given ${names.length} times and --sql ${sql.length} times; a name goes with a query.`);
  if (address !== undefined && !blocks) throw usage("--address says what --blocks would block; give both.");
  const settings = config === undefined ? undefined : await (await import("./replay_settings.ts")).loadReplaySettings(config);
  const own = sql.map((text, index) => ({ name: names[index] ?? (sql.length === 1 ? "query" : `query_${index + 1}`), sql: text }));
  return {
    log,
    format: await formatOf(format),
    target,
    time: {
      ...REPLAY_TARGET_TIME,
      ...latenessOf(settings?.times.get(target)),
      ...(lateness === undefined ? {} : { lateness_max_ms: lateness }),
    },
    queries: [...(settings?.queries ?? []), ...own],
    functions: await functionsOf(options.functions, settings),
    decisions: settings?.decisions ?? new Map(),
    blocks: blocks ? await blocksOf(settings, own, address) : undefined,
    asJson: json,
    isCommon: format === "combined" && config === undefined && options.functions === undefined,
  };
}

async function functionsOf(file: string | undefined, settings: ReplaySettings | undefined): Promise<ReplayPlan["functions"]> {
  if (file === undefined) return settings?.functions;
  if (settings?.functions !== undefined)
    throw usage("the settings file names a file of functions, and --functions another; leave one out.");
  return (await import("../settings/index.ts")).functionsOf(file, process.cwd());
}

/** Other formats than the usual one are loaded when they are asked for, and with them what reads their settings. */
async function formatOf(text: string): Promise<ReplayPlan["format"]> {
  return text === "combined" ? combined.open({}) : (await import("../settings/index.ts")).parseFormat(text);
}

/** Of how a target keeps time only what is about order counts in a replay: its clock is that of the events. */
function latenessOf(time: Partial<TargetTime> = {}): Partial<TargetTime> {
  const { lateness_max_ms, held_events_max } = time;
  return { ...(lateness_max_ms === undefined ? {} : { lateness_max_ms }), ...(held_events_max === undefined ? {} : { held_events_max }) };
}

/** Loaded here, for most replays block nothing. */
async function blocksOf(
  settings: ReplaySettings | undefined,
  own: readonly { readonly name: string }[],
  address: string | undefined,
): Promise<ReplayBlocks> {
  const { askForEveryRow, ReplayBlocks } = await import("./replay_blocks.ts");
  const names = new Set(own.map(({ name }) => name));
  const askOfOwn = askForEveryRow(address);
  return new ReplayBlocks(settings?.rules, [...(settings?.asks ?? []), (row) => (names.has(row.query) ? askOfOwn(row) : undefined)]);
}

function gathered(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

function durationMs(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new InvalidArgumentError("A duration such as 60s or 5 min was wanted.");
  return ms;
}

function usage(sentence: string): HotakaError {
  return new HotakaError("HOTAKA_CLI_USAGE", `${sentence} See \`hotaka help replay\`.`);
}
