import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { checkSettings, parseSettings } from "../component/index.ts";
import { didYouMean, HotakaError } from "../kit/index.ts";

/** Ready queries over one kind of log, with how its lines are read. */
export interface Pack {
  /** The name of its folder: `ssh`. */
  readonly name: string;
  readonly folder: string;
  readonly summary: string;
  /** What its queries call the log. */
  readonly target: string;
  /** The logs that can be read for it, by name; the first is the usual one. */
  readonly logs: ReadonlyMap<string, PackLog>;
  readonly queries: readonly PackQuery[];
}

/** One kind of log that gives the fields which the queries read. */
export interface PackLog {
  readonly summary: string;
  /** Where it usually is. */
  readonly paths: readonly string[];
  /** What CrowdSec calls such a log (`labels.type`), for cases that are written for it. */
  readonly crowdsecTypes: readonly string[];
  /** As `format` of a source is written. */
  readonly format: unknown;
}

/** A ready query. */
export interface PackQuery {
  readonly name: string;
  readonly summary: string;
  /** The rule of others whose meaning it has. */
  readonly after?: string | undefined;
  readonly sql: string;
}

/** The folder with the packs that come with Hotaka. */
export const PACKS_FOLDER = fileURLToPath(new URL("../../examples/queries/", import.meta.url));

/** The names of the packs there are, in order. */
export function packNames(): string[] {
  const entries = readdirSync(PACKS_FOLDER, { withFileTypes: true });
  return entries
    .flatMap((entry) => (entry.isDirectory() && existsSync(join(PACKS_FOLDER, entry.name, FILE)) ? [entry.name] : []))
    .toSorted();
}

/** Reads a pack. Throws HOTAKA_PACK_UNKNOWN, or a SettingsError with what is wrong in its file. */
export async function loadPack(name: string): Promise<Pack> {
  const names = packNames();
  if (!names.includes(name)) {
    throw new HotakaError("HOTAKA_PACK_UNKNOWN", `There is no pack "${name}". Packs: ${names.join(", ")}.${didYouMean(name, names)}`);
  }
  const folder = join(PACKS_FOLDER, name);
  const file = join(folder, FILE);
  const document = await parseSettings(await readFile(file, "utf8"), file);
  const { logs, words, queries, summary, target } = checkSettings(z, PACK, document);
  const lists = new Map(await Promise.all(words.map(async (list) => [list, await wordsOf(join(folder, "words", `${list}.txt`))] as const)));
  const worded = queries.map((query) => ({ ...query, sql: withWords(query.sql, lists) }));
  const kinds = Object.entries(logs).map(([kind, { crowdsec_types: crowdsecTypes, ...log }]) => [kind, { ...log, crowdsecTypes }] as const);
  return { name, folder, summary, target, logs: new Map(kinds), queries: worded };
}

/** A list of expressions, one a line, as alternatives of one expression. */
async function wordsOf(file: string): Promise<string> {
  const lines = (await readFile(file, "utf8")).split("\n");
  return lines.filter((line) => line !== "" && !line.startsWith("#")).join("|");
}

/** `${list}` in a query stands for the alternatives of that list. It is inside of a text of SQL, where quotes and backslashes are doubled. */
function withWords(sql: string, lists: ReadonlyMap<string, string>): string {
  return sql.replaceAll(/\$\{([a-z_]+)\}/g, (written, list: string) => lists.get(list)?.replaceAll(/['\\]/g, "$&$&") ?? written);
}

const FILE = "pack.yaml";
const TEXT = z.string().min(1).max(1000);
const PACK = z.strictObject({
  summary: TEXT,
  target: z.string().regex(/^[a-z_]+$/),
  words: z.array(z.string().regex(/^[a-z_]+$/)).default([]),
  logs: z.record(
    z.string().regex(/^[a-z0-9_]+$/),
    z.strictObject({
      summary: TEXT,
      crowdsec_types: z.array(TEXT).default([]),
      paths: z.array(z.string().startsWith("/")),
      format: z.unknown(),
    }),
  ),
  queries: z
    .array(
      z.strictObject({
        name: z.string().regex(/^(?:block|detect)\.[a-z0-9_]+$/),
        summary: TEXT,
        after: TEXT.optional(),
        sql: z.string().min(1).max(65_536),
      }),
    )
    .min(1),
});
