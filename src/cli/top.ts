import { type Command, InvalidArgumentError, Option } from "commander";
import { formatDuration, formatSize, oneLine } from "../kit/index.ts";
import type { Answer } from "../server/index.ts";
import { examples, type Shell } from "./command.ts";
import { ask, type DaemonOptions, withDaemonOptions } from "./daemon_options.ts";
import { pause } from "./pause.ts";
import { tableText } from "./table.ts";

/** `hotaka top` */
export function declareTop(command: Command, shell: Shell): void {
  withDaemonOptions(command)
    .description(
      "Shows which queries do what, as it changes: events and rows a second, the CPU share, groups and memory, and what its budget cost it: groups that made room for others and events that were refused, a second. The share is that of the one thread that runs all queries, measured at one batch in sixteen.",
    )
    .addOption(new Option("--sort <column>", "the column to sort by, the most first").choices([...SORTED.keys()]).default("cpu"))
    .option("-i, --interval <seconds>", "between two looks", secondsOf, 2)
    .option("-n, --number <number>", "end after so many looks; without a terminal 1", countOf)
    .addHelpText("after", examples(["hotaka top", "Ctrl-C ends it"], ["hotaka top --sort memory -n 1", "once"]))
    .action(async (options: DaemonOptions & TopOptions) => {
      const { terminal, clock } = shell;
      const looks = options.number ?? (terminal.out.isTerminal ? Number.POSITIVE_INFINITY : 1);
      let before = await look(options, shell);
      for (let shown = 0; shown < looks; shown++) {
        await pause(clock, options.interval * 1000);
        const now = await look(options, shell);
        const text = topText(before, now, { sort: options.sort, columns: terminal.out.columns });
        terminal.out.write(terminal.out.isTerminal ? `${CLEAR_SCREEN}${text}` : text);
        before = now;
      }
    });
}

interface TopOptions {
  readonly sort: string;
  readonly interval: number;
  readonly number?: number;
}

/** How everything stood at one moment. */
export interface Look {
  readonly atMs: number;
  readonly upMs: number;
  readonly queries: readonly QueryLook[];
}

interface QueryLook {
  readonly name: string;
  readonly state: string;
  readonly events: number;
  readonly rows: number;
  readonly busyMs: number;
  readonly groups: number;
  readonly held: number;
  readonly bytes: number;
  readonly evicted: number;
  readonly refused: number;
}

/** What changed between two looks, for a person. */
export function topText(before: Look, now: Look, { sort, columns }: { readonly sort: string; readonly columns: number }): string {
  const seconds = Math.max(now.atMs - before.atMs, 1) / 1000;
  const known = new Map(before.queries.map((query) => [query.name, query]));
  const lines = now.queries.map((query): Line => {
    const old = known.get(query.name) ?? query;
    const grown = (value: number, was: number): number => Math.max(value - was, 0) / seconds;
    return {
      query,
      events: grown(query.events, old.events),
      rows: grown(query.rows, old.rows),
      busy: grown(query.busyMs, old.busyMs) / 1000,
      evicted: grown(query.evicted, old.evicted),
      refused: grown(query.refused, old.refused),
    };
  });
  const sorted = lines.toSorted((left, right) => (SORTED.get(sort)?.(right) ?? 0) - (SORTED.get(sort)?.(left) ?? 0));
  const sum = (of: (line: Line) => number): number => lines.reduce((total, line) => total + of(line), 0);
  const head = `up ${formatDuration(now.upMs)}, ${lines.length} queries: ${rate(sum(({ rows }) => rows))} rows/s, ${share(sum(({ busy }) => busy))} CPU in queries, ${formatSize(sum(({ query }) => query.bytes))}\n\n`;
  const rows = sorted.map(({ query, events, rows: given, busy, evicted, refused }) => [
    oneLine(query.name, Math.max(columns - OTHER_COLUMNS, NAME_COLUMNS_MIN)),
    query.state,
    rate(events),
    rate(given),
    share(busy),
    String(query.groups),
    String(query.held),
    formatSize(query.bytes),
    rate(evicted),
    rate(refused),
  ]);
  return head + tableText(["QUERY", "STATE", "EVENTS/S", "ROWS/S", "CPU", "GROUPS", "HELD", "MEMORY", "EVICTED/S", "REFUSED/S"], rows);
}

interface Line {
  readonly query: QueryLook;
  readonly events: number;
  readonly rows: number;
  /** Share of the time in which it was at work. */
  readonly busy: number;
  readonly evicted: number;
  readonly refused: number;
}

async function look(options: DaemonOptions, { clock }: Shell): Promise<Look> {
  const [queries, health] = [await ask(options, "GET", "/v1/queries?limit=10000"), await ask(options, "GET", "/healthz")];
  return { atMs: clock.nowMs(), upMs: health.number("up_ms"), queries: queries.objects("queries").map(lookOf) };
}

function lookOf(query: Answer): QueryLook {
  return {
    name: query.text("name"),
    state: query.text("state"),
    events: query.number("events"),
    rows: query.number("rows"),
    busyMs: query.number("busy_ms"),
    groups: query.number("groups"),
    held: query.number("events_held"),
    bytes: query.number("bytes"),
    evicted: query.number("evicted"),
    refused: query.number("refused"),
  };
}

function rate(perSecond: number): string {
  return perSecond >= 100 ? Math.round(perSecond).toLocaleString("en-US") : perSecond.toFixed(1);
}

function share(part: number): string {
  return `${(part * 100).toFixed(1)} %`;
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (/^\d{1,4}(?:\.\d)?$/.test(text) && seconds >= 0.1) return seconds;
  throw new InvalidArgumentError("A number of seconds from 0.1 was wanted.");
}

function countOf(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("A number above 0 was wanted.");
}

const SORTED: ReadonlyMap<string, (line: Line) => number> = new Map([
  ["cpu", ({ busy }: Line) => busy],
  ["events", ({ events }: Line) => events],
  ["rows", ({ rows }: Line) => rows],
  ["groups", ({ query }: Line) => query.groups],
  ["held", ({ query }: Line) => query.held],
  ["memory", ({ query }: Line) => query.bytes],
]);

// To the first column of the first line, and clear to the end of the screen (ECMA-48 CUP, ED).
const CLEAR_SCREEN = "\u001B[H\u001B[J";
const OTHER_COLUMNS = 75;
const NAME_COLUMNS_MIN = 20;
