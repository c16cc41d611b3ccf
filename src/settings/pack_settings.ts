import { existsSync } from "node:fs";
import { z } from "zod";
import { SettingsError, type SettingsDocument, type SettingsPath, type SettingsProblem } from "../component/index.ts";
import { didYouMean, HotakaError } from "../kit/index.ts";
import { loadPack, type Pack, type PackQuery } from "./pack.ts";

/** A pack as settings switch it on. */
interface WantedPack {
  readonly name: string;
  /** Which of its logs; `none` where a source of the settings brings its target. */
  readonly log?: string | undefined;
  readonly path?: string | readonly string[] | undefined;
  readonly without: readonly string[];
}

/** What a pack adds to the settings. */
export interface PackAddition {
  /** `packs[0] (ssh)` */
  readonly name: string;
  readonly place: SettingsPath;
  /** An item of `sources`, as somebody would have written it; undefined where none is wanted. */
  readonly source: Readonly<Record<string, unknown>> | undefined;
  readonly queries: readonly PackQuery[];
  readonly warning: string | undefined;
}

/** The setting that switches packs on: by name alone, or as a map of the name to what is to be otherwise. */
export function packsSetting() {
  const own = z
    .strictObject({
      log: z.string().min(1).max(64).optional().describe("Which of its logs is read (`hotaka queries list` names them), or none."),
      path: z
        .union([z.string().min(1), z.array(z.string().min(1)).min(1).max(1000)])
        .optional()
        .describe("Where the log is, where it is not in its usual place."),
      without: z.array(z.string().min(1)).max(1000).default([]).describe("Names of its queries that are not wanted."),
    })
    .prefault({});
  const bare = z
    .string()
    .min(1)
    .max(64)
    .transform((name): WantedPack => ({ name, without: [] }));
  const withSettings = z
    .record(z.string().min(1).max(64), own)
    .refine((item) => Object.keys(item).length === 1, { message: "one pack in each item was wanted." })
    .transform((item): WantedPack => {
      const [[name, settings] = ["", { without: [] }]] = Object.entries(item);
      return { name, ...settings };
    });
  return z
    .array(z.union([bare, withSettings]))
    .max(PACKS_MAX)
    .default([])
    .describe("Packs of ready queries, with the logs that they read.");
}

/** What packs add to the settings of a document. Throws a SettingsError with each that is unknown, or asked for what it does not have. */
export async function additionsOf(wanted: readonly WantedPack[], document: SettingsDocument): Promise<PackAddition[]> {
  const problems: SettingsProblem[] = [];
  const additions: PackAddition[] = [];
  for (const [index, wish] of wanted.entries()) {
    try {
      additions.push(additionOf(await loadPack(wish.name), wish, index));
    } catch (thrown) {
      if (!(thrown instanceof HotakaError) || thrown instanceof SettingsError) throw thrown;
      problems.push(document.problem(thrown.code, ["packs", index], `packs[${index}]: ${thrown.message}`));
    }
  }
  if (problems.length > 0) throw new SettingsError(document.file, problems);
  return additions;
}

function additionOf(pack: Pack, { log: named, path, without }: WantedPack, index: number): PackAddition {
  const names = pack.queries.map(({ name }) => name);
  const unknown = without.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new HotakaError("HOTAKA_CONFIG_INVALID", `"${unknown}" is no query of ${pack.name}.${didYouMean(unknown, names)}`);
  const common = {
    name: `packs[${index}] (${pack.name})`,
    place: ["packs", index],
    queries: pack.queries.filter(({ name }) => !without.includes(name)),
  };
  if (named === "none") return { ...common, source: undefined, warning: undefined };
  const found = [...pack.logs].flatMap(([name, log]) =>
    log.paths.filter((each) => existsSync(each)).map((each) => ({ name, path: each })),
  )[0];
  const logName = named ?? (path === undefined ? found?.name : undefined) ?? [...pack.logs.keys()][0] ?? "";
  const log = pack.logs.get(logName);
  if (log === undefined) {
    const logs = [...pack.logs.keys()];
    throw new HotakaError(
      "HOTAKA_CONFIG_INVALID",
      `${pack.name} has no log "${logName}"; it has ${logs.join(", ")}.${didYouMean(logName, logs)}`,
    );
  }
  const chosen = path ?? log.paths.find((each) => existsSync(each)) ?? log.paths[0];
  if (chosen === undefined) {
    throw new HotakaError(
      "HOTAKA_CONFIG_INVALID",
      `${pack.name} was found with log ${logName}, which has no usual place; a path was wanted beside it.`,
    );
  }
  const isThere = path !== undefined || existsSync(String(chosen));
  const warning = isThere ? undefined : `none of ${log.paths.join(", ")} is there now; it is read when it comes. Name another with path.`;
  return { ...common, source: { tail: { path: chosen, format: log.format, target: pack.target } }, warning };
}

const PACKS_MAX = 100;
