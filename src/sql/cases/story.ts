import { type FieldType, rowToJson, type Value } from "../../event/index.ts";
import { HotakaError, messageOf, parseDuration } from "../../kit/index.ts";
import type { Case, CaseEvent, CaseOutput } from "./case.ts";
import { outputsOf } from "./run_case.ts";

/**
 * Cases as stories, for people to write. A file holds one after the other:
 *
 *     # A batch closes on the wall of its period.
 *     query  SELECT path, count(*) AS hits FROM access.win:time_batch(10 sec) GROUP BY path
 *     0s     access {"path": "/login"}
 *     10s
 *     ----
 *     10s    {"path": "/login", "hits": 1}
 *
 * The lines that begin with # are its title. `setup` lines, before `query`, are statements created first; `target access {"path": "string"}`
 * gives types where the first values of the events do not tell them. A time is a duration since the start; alone on its line it moves
 * the clock. Below the dashes stand the rows that must come out, a removed one with `-` before the brace, or `refused` and words
 * that the refusal must have. Lines may be continued by indenting them.
 */
export interface Story {
  readonly case: Case;
  /** The lines above the dashes, as written. */
  readonly told: readonly string[];
}

/** Reads the stories of a file. Throws HOTAKA_CASES_FILE with file and line. */
export function parseStories(text: string, file: string): Story[] {
  const stories: Story[] = [];
  let lines: { text: string; number: number }[] = [];
  const finish = (): void => {
    if (lines.some(({ text: line }) => line.startsWith("query"))) stories.push(storyOf(lines, file, stories.length + 1));
    lines = [];
  };
  let titleMayFollow = false;
  for (const [index, line] of text.split("\n").entries()) {
    if (line.startsWith("#") && titleMayFollow) finish();
    titleMayFollow = !line.startsWith("#");
    if (line.trim() !== "") lines.push({ text: line.trimEnd(), number: index + 1 });
  }
  finish();
  return stories;
}

function storyOf(lines: readonly { readonly text: string; readonly number: number }[], file: string, ordinal: number): Story {
  const dashes = lines.findIndex(({ text }) => /^-{4,}$/.test(text));
  const above = dashes === -1 ? lines : lines.slice(0, dashes);
  const below = dashes === -1 ? [] : lines.slice(dashes + 1);
  const draft = new Draft();
  for (const line of joined(above)) told(line, file, (text) => draft.tell(text));
  let refusal: string | undefined;
  const outputs: CaseOutput[] = [];
  for (const line of joined(below)) {
    told(line, file, (text) => {
      if (text.startsWith("refused")) refusal = text.slice("refused".length).trim();
      else outputs.push(expectedOf(text));
    });
  }
  const name = file.replace(/^.*\//, "").replace(/\.case$/, "");
  return { case: draft.finish(`${name}-${ordinal}`, name, outputs, refusal), told: above.map(({ text }) => text) };
}

/** Continued lines made one. */
function joined(lines: readonly { readonly text: string; readonly number: number }[]): { text: string; number: number }[] {
  const whole: { text: string; number: number }[] = [];
  for (const { text, number } of lines) {
    const last = whole.at(-1);
    if (/^\s/.test(text) && last !== undefined) last.text += `\n${text}`;
    else whole.push({ text, number });
  }
  return whole;
}

function told(line: { readonly text: string; readonly number: number }, file: string, tell: (text: string) => void): void {
  try {
    tell(line.text);
  } catch (thrown) {
    throw new HotakaError("HOTAKA_CASES_FILE", `${file}:${line.number}: ${messageOf(thrown)}`, { cause: thrown });
  }
}

/** A case as it is being told. */
class Draft {
  readonly #setup: string[] = [];
  readonly #events: CaseEvent[] = [];
  readonly #targets: Record<string, Record<string, FieldType>> = {};
  #query = "";

  tell(line: string): void {
    if (line.startsWith("#")) return;
    const [word, rest] = splitWord(line);
    if (word === "query") this.#query = rest;
    else if (word === "setup") this.#setup.push(rest);
    else if (word === "target") this.#target(rest);
    else this.#event(timeOf(word), rest);
  }

  finish(id: string, group: string, output: readonly CaseOutput[], refusal: string | undefined): Case {
    return {
      id,
      group,
      ordered: false,
      startMs: 0,
      targets: this.#targets,
      setup: this.#setup,
      query: this.#query,
      columns: {},
      events: this.#events,
      outputs: [output],
      refusal: refusal === undefined ? "never" : "always",
      refusalWords: refusal ?? "",
    };
  }

  #target(rest: string): void {
    const [name, fields] = splitWord(rest);
    this.#targets[name] = { ...this.#targets[name], ...(JSON.parse(fields) as Record<string, FieldType>) };
  }

  #event(timeMs: number, rest: string): void {
    if (rest === "") {
      this.#events.push({ kind: "advance", timeMs });
      return;
    }
    const [target, json] = splitWord(rest);
    const record = recordOf(json);
    const fields = (this.#targets[target] ??= {});
    for (const [name, value] of Object.entries(record)) if (value !== null) fields[name] ??= typeOf(value);
    this.#events.push({ kind: "event", timeMs, target, record });
  }
}

/** A file of stories with the halves below the dashes written from what the engine puts out: to be read before it is kept. */
export function completeStories(stories: readonly Story[]): string {
  return stories.map((story) => [...story.told, "----", ...outcomeOf(story.case), ""].join("\n")).join("\n");
}

function outcomeOf(given: Case): string[] {
  try {
    return outputsOf(given, "generated").flatMap(({ timeMs, rows, removed }) => [
      ...rows.map((row) => `${formatTime(timeMs).padEnd(6)} ${rowToJson(row)}`),
      ...removed.map((row) => `${formatTime(timeMs).padEnd(6)} -${rowToJson(row)}`),
    ]);
  } catch (thrown) {
    return [`refused ${messageOf(thrown).replace(/^query "[^"]*", /, "")}`];
  }
}

function expectedOf(line: string): CaseOutput {
  const [time, rest] = splitWord(line);
  const removed = rest.startsWith("-");
  const row = recordOf(removed ? rest.slice(1) : rest);
  return { timeMs: timeOf(time), rows: removed ? [] : [row], removed: removed ? [row] : [] };
}

/** A time since the start as a story writes it: whole seconds as `10s`, anything else as `1500ms`. */
function formatTime(timeMs: number): string {
  return timeMs % 1000 === 0 ? `${timeMs / 1000}s` : `${timeMs}ms`;
}

function splitWord(line: string): [string, string] {
  const space = line.search(/\s/);
  return space === -1 ? [line, ""] : [line.slice(0, space), line.slice(space).trim()];
}

function timeOf(word: string): number {
  const timeMs = parseDuration(word);
  if (timeMs === undefined) throw new TypeError(`"${word}" is neither a time, as 10s, nor query, setup or target.`);
  return timeMs;
}

function recordOf(json: string): Readonly<Record<string, Value>> {
  const record: unknown = JSON.parse(json);
  if (typeof record !== "object" || record === null || Array.isArray(record)) throw new TypeError("an event and a row are JSON objects.");
  return record as Readonly<Record<string, Value>>;
}

function typeOf(value: Value): FieldType {
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "float";
  if (typeof value === "boolean") return "boolean";
  if (typeof value === "object") return Array.isArray(value) ? "array" : "hash";
  return "string";
}
