import { type Command, InvalidArgumentError, Option } from "commander";
import type { MsgpackValue } from "../../kit/index.ts";
import { examples, type Shell } from "../command.ts";
import { sendEvents } from "./event_send.ts";
import { declareNoun, mapOf, Remote } from "./remote.ts";
import { rubyJsonObject, rubyText } from "./ruby_text.ts";
import { strftime } from "./strftime.ts";

/** `hotaka event` */
export function declareEvent(noun: Command, shell: Shell): void {
  declareNoun(noun, "Sends events to targets, and fetches the rows of queries.").addHelpText(
    "after",
    examples(
      ["hotaka event send access < access.ndjson", "an object a line"],
      ["hotaka event send access --format ltsv access.ltsv", "from a file, with its progress"],
      ["hotaka event fetch count_by_host", "its rows, which are then gone"],
      ["hotaka event sweep", "the rows of all queries without a group"],
    ),
  );
  declareSend(noun, shell);
  const verb = (name: string, description: string): Command =>
    withRowOptions(noun.command(name).description(description).argument("<query>", "its name"));
  verb("fetch", "Prints the rows of a query, an object a line; they are then gone.").action(async (query: string, options: RowOptions) =>
    Remote.with(noun, shell, async (remote) => printRows(await remote.list("event", query), [], options, shell)),
  );
  verb("see", "Prints the rows of a query, which stay.").action(async (query: string, options: RowOptions) =>
    Remote.with(noun, shell, async (remote) => printRows(await remote.list("see", query), [], options, shell)),
  );
  declareSweep(noun, shell);
}

function declareSend(noun: Command, shell: Shell): void {
  noun
    .command("send")
    .description("Sends events, from files or from standard input. A line that is no event is left out and told of at the end.")
    .argument("<target>", "the target; one that is not there is made by its first event")
    .argument("[files...]", "files to read; - is standard input")
    .addOption(
      new Option("--format <name>", "of the events: an object a line, or a file of one array")
        .choices(["json", "ndjson", "ltsv"])
        .default("json"),
    )
    .addOption(new Option("--batch-size <number>", "events in one call").argParser(batchSizeOf).default(10_000))
    .addOption(new Option("--batch_size <number>", "the same").argParser(batchSizeOf))
    .action(
      async (target: string, files: string[], options: { format: "json" | "ndjson" | "ltsv"; batchSize: number; batch_size?: number }) =>
        Remote.with(noun, shell, async (remote) => {
          const { format, batchSize, batch_size: alias } = options;
          await sendEvents({ target, files, format, batchSize: alias ?? batchSize, remote, shell });
        }),
    );
}

function declareSweep(noun: Command, shell: Shell): void {
  withRowOptions(noun.command("sweep"))
    .description("Prints the rows of all queries of a group, in order of their names; they are then gone.")
    .argument("[group]", "the group; without it the queries that have none")
    .option("--query-name-key <key>", "key of the name of the query", "query")
    .option("--query_name_key <key>", "the same")
    .action(async (group: string | undefined, options: RowOptions & { queryNameKey: string; query_name_key?: string }) =>
      Remote.with(noun, shell, async (remote) => {
        const swept = mapOf(await remote.call("sweep", group ?? null));
        for (const query of Object.keys(swept).toSorted()) {
          const rows = swept[query] ?? null;
          printRows(
            Array.isArray(rows) ? (rows as readonly MsgpackValue[]) : [],
            [[options.query_name_key ?? options.queryNameKey, query]],
            options,
            shell,
          );
        }
      }),
    );
}

interface RowOptions {
  readonly format: "json" | "ltsv";
  readonly timeKey: string;
  readonly time_key?: string;
  readonly timeFormat: string;
  readonly time_format?: string;
}

/** norikra-client spells its options with underscores and takes hyphens too. */
function withRowOptions(command: Command): Command {
  return command
    .addOption(new Option("--format <name>", "of the rows").choices(["json", "ltsv"]).default("json"))
    .option("--time-key <key>", "key of the time of a row", "time")
    .option("--time_key <key>", "the same")
    .option("--time-format <format>", "of the time, as strftime(3) has it, in the time zone of this machine", "%Y/%m/%d %H:%M:%S")
    .option("--time_format <format>", "the same");
}

/** The time first, then what the caller adds, then the columns; a column of one of these names takes its value. */
function printRows(rows: readonly MsgpackValue[], added: readonly [string, string][], options: RowOptions, { terminal }: Shell): void {
  for (const item of rows) {
    const [time = 0, row = null] = Array.isArray(item) ? (item as readonly MsgpackValue[]) : [];
    const shownTime = strftime(options.time_format ?? options.timeFormat, Number(time));
    const entries: [string, MsgpackValue][] = [[options.time_key ?? options.timeKey, shownTime], ...added, ...Object.entries(mapOf(row))];
    terminal.out.write(`${options.format === "json" ? rubyJsonObject(entries) : ltsvOf(entries)}\n`);
  }
}

function ltsvOf(entries: readonly [string, MsgpackValue][]): string {
  return [...new Map(entries)].map(([key, value]) => `${key}:${rubyText(value).replace(/[\\\n\t\r]/g, escapedInLtsv)}`).join("\t");
}

function escapedInLtsv(character: string): string {
  return { "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r" }[character] ?? character;
}

function batchSizeOf(text: string): number {
  const size = Number(text);
  if (/^\d{1,6}$/.test(text) && size >= 1 && size <= 100_000) return size;
  throw new InvalidArgumentError("A number from 1 to 100000 was wanted.");
}
