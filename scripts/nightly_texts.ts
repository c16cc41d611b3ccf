// The texts of `npm run nightly`: each follows from the seed and its number alone, so that any of them can be had again.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { Schema } from "../src/event/index.ts";
import { HotakaError, messageOf } from "../src/kit/index.ts";
import { completionsAt, planOf } from "../src/sql/index.ts";

/** Which texts: of one seed, from one number up to, and without, another. */
export interface TextsWanted {
  readonly seed: number;
  readonly from: number;
  readonly to: number;
}

/** What is said on the way: which text is in hand, a line to print, or at the end whether all was well. */
export interface Progress {
  readonly at?: number;
  readonly told?: string;
  readonly passed?: boolean;
}

/** One text must be done by then, on a machine that has other work as well. */
const TEXT_MS_MAX = 2000;
const TOLD_MAX = 20;
const REPORT_EVERY = 100_000;
const BEAT_EVERY = 500;

const WORDS = (
  "select from where group by having order limit offset output every first last all snapshot events sec min as and or not in between like regexp is null " +
  "case when then else end distinct count sum avg window sorted prev prior pattern until timer:within timer:interval every-distinct @consume access login " +
  "a b x host code size rt tls user => -> ( ) [ ] { } , . : ; * / % + - = != < > <= >= || & | ^ ? 'text' \"t\" `name` 1 1.5 2L 0x1F 1e9 win:time win:length " +
  "std:unique std:groupwin ext:sort rollup cube grouping sets insert into match_recognize measures define unidirectional left outer join on retain-union " +
  "cast coalesce instanceof exists substring selectFrom where /* */ -- //"
).split(" ");

const OPENINGS = ["(", "not ", "-", "{", "f(", "case when ", "a in (", "(select ", "every ", "a.b(", "x => "];
const QUERIES = knownQueries();
const SCHEMAS = new Map([
  [
    "access",
    new Schema("access", { host: "string", path: "string", code: "integer", size: "integer", rt: "float", tls: "boolean", ts: "integer" }),
  ],
  ["login", new Schema("login", { host: "string", user: "string", ok: "boolean", n: "integer" })],
]);

run(workerData as TextsWanted);

function run({ seed, from, to }: TextsWanted): void {
  let told = 0;
  let slowest = { ms: 0, at: from };
  const startMs = performance.now();
  for (let at = from; at < to; at++) {
    const text = textOf(seed, at);
    const beganMs = performance.now();
    const fault = faultOf(text, at);
    const ms = performance.now() - beganMs;
    if (ms > slowest.ms) slowest = { ms, at };
    const sentence = fault ?? (ms > TEXT_MS_MAX ? `took ${Math.round(ms)} ms` : undefined);
    if (sentence !== undefined) {
      told++;
      if (told <= TOLD_MAX) say({ told: `nightly: seed ${seed}, text ${at}: ${sentence}\n  ${JSON.stringify(text.slice(0, 300))}` });
    }
    if (at % BEAT_EVERY === 0) say({ at });
    if ((at - from + 1) % REPORT_EVERY === 0) say({ told: `nightly: ${at - from + 1} texts, ${told} wrong` });
  }
  const seconds = ((performance.now() - startMs) / 1000).toFixed(0);
  say({
    told: `nightly: ${to - from} texts in ${seconds} s, ${told} wrong; the slowest was ${slowest.at} with ${slowest.ms.toFixed(1)} ms`,
  });
  say({ passed: told === 0 });
}

function say(progress: Progress): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- that is of windows; threads have no origin
  parentPort?.postMessage(progress);
}

/** What is wrong with how a text is taken: refused otherwise than with a sentence of its own, and its place. */
function faultOf(text: string, at: number): string | undefined {
  try {
    planOf({ name: "q", text, schemas: SCHEMAS, inserts: () => true });
  } catch (thrown) {
    if (!(thrown instanceof HotakaError)) return `threw ${stackOf(thrown)}`;
    if (!thrown.code.startsWith("HOTAKA_SQL_")) return `was refused with ${thrown.code}`;
    if (!/^query "q", line \d+, column \d+: /.test(thrown.message)) return `was refused without its place: ${thrown.message}`;
  }
  try {
    if (at % 4 === 0) completionsAt(text, at % (text.length + 1), { schemas: SCHEMAS });
  } catch (thrown) {
    return `completions threw ${stackOf(thrown)}`;
  }
  return undefined;
}

function stackOf(thrown: unknown): string {
  return thrown instanceof Error ? (thrown.stack ?? thrown.message) : messageOf(thrown);
}

/** A whole number from 0, below the bound. */
type Below = (bound: number) => number;

function textOf(seed: number, at: number): string {
  const random = randomOf(seed, at);
  const below: Below = (bound) => Math.floor(random() * bound);
  const kind = below(10);
  if (kind === 0) return bytes(below(400), below);
  if (kind === 1) return `select ${chosen(OPENINGS, below).repeat(below(3000))}`;
  if (kind <= 3) return (below(2) === 0 ? "select " : "select a.b from pattern [") + words(below(60), below);
  return mutated(chosen(QUERIES, below), 1 + below(6), below);
}

function chosen(list: readonly string[], below: Below): string {
  return list[below(list.length)]!;
}

/** Any bytes, read as text. */
function bytes(length: number, below: Below): string {
  return Buffer.from(Uint8Array.from({ length }, () => below(256))).toString(below(2) === 0 ? "utf8" : "latin1");
}

function words(count: number, below: Below): string {
  return Array.from({ length: count }, () => chosen(WORDS, below)).join(" ");
}

/** A query that is right, with words taken out, put in, doubled and exchanged. */
function mutated(query: string, times: number, below: Below): string {
  const parts = query.split(/(\s+|[()[\]{},.=<>*+|-])/);
  for (let time = 0; time < times; time++) {
    const at = below(parts.length);
    const change = below(6);
    if (change === 0) parts.splice(at, 1 + below(3));
    else if (change === 1) parts.splice(at, 0, ` ${chosen(WORDS, below)} `);
    else if (change === 2) parts[at] = chosen(WORDS, below);
    else if (change === 3) parts.splice(at, 0, ...parts.slice(below(parts.length)).slice(0, 6));
    else if (change === 4) parts[at] = String.fromCodePoint(1 + below(0x10ff00)).repeat(1 + below(3));
    else parts[at] = parts[below(parts.length)] ?? "";
  }
  return parts.join("").slice(0, 20_000);
}

/** The queries of the case files. */
function knownQueries(): string[] {
  const folder = join(process.cwd(), "src/sql/cases");
  const texts = readdirSync(folder)
    .filter((name) => name.endsWith(".case"))
    .map((name) => readFileSync(join(folder, name), "utf8"));
  return texts.flatMap((text) => [...text.matchAll(/^(?:query|setup)\s+(.*)$/gm)].map(([, query = ""]) => query));
}

/** Mulberry32, from both numbers. */
function randomOf(seed: number, at: number): () => number {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(at + 1, 0x85ebca6b)) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
