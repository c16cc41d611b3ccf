import { type FieldType, isFieldType } from "../event/index.ts";
import { HotakaError, messageOf } from "../kit/index.ts";
import type { Catalog } from "./catalog.ts";
import type { StoredTarget } from "./catalog_store.ts";
import type { QueryDefinition } from "./query.ts";
import { declaredFieldType } from "./targets.ts";

/** What an import did, or would do. */
export interface StatsImport {
  readonly targets: { readonly opened: readonly string[]; readonly there: readonly string[] };
  readonly queries: {
    readonly running: readonly string[];
    readonly waiting: readonly string[];
    /** Those that had another text or group. */
    readonly edited: readonly string[];
    readonly there: readonly string[];
  };
}

export interface StatsImportOptions {
  /** Say what would be done, and do nothing. */
  readonly dryRun?: boolean;
  /** A query that is there with another text or group is edited, in place of being refused. */
  readonly edits?: boolean;
}

/**
 * The catalog as Norikra 1.5 writes it down (`--stats`, `admin stats`): targets that learn their fields, and the queries that a person
 * registered. Suspended ones have `"suspended": true`, which Norikra does not read: there they would run. Pretty JSON with a line break.
 */
export function exportStats(catalog: Catalog): string {
  const targets = catalog
    .targets()
    .filter(({ open }) => open)
    .map(({ name, auto_field }) => {
      const fields = catalog.allFields(name).map((field): [string, object] => [field.name, { ...field, nullable: false }]);
      return { name, fields: Object.fromEntries(fields), auto_field };
    });
  const queries = catalog
    .queries()
    .filter(({ name }) => !catalog.isDeclared(name))
    .map(({ name, group, sql, state, reason }) => {
      const query = { name, group: group ?? null, expression: sql };
      return state === "suspended" && reason === undefined ? { ...query, suspended: true } : query;
    });
  return `${JSON.stringify({ targets, queries }, undefined, 2)}\n`;
}

/**
 * Opens the targets and registers the queries of a file that Norikra, or `exportStats`, wrote. A target that is there gets the fields that it
 * lacks; a query that is there with the same text stays. All of it is done or nothing: throws HOTAKA_STATS_INVALID with everything that is
 * wrong. With `dryRun` nothing is done in the end.
 */
export function importStats(catalog: Catalog, text: string, { dryRun = false, edits = false }: StatsImportOptions = {}): StatsImport {
  const { targets, queries } = parseStats(text);
  const done: StatsImporting = { edits, opened: [], there: [], running: [], waiting: [], edited: new Map(), standing: [] };
  const problems: string[] = [];
  const attempt = (what: string, step: () => void): void => {
    try {
      step();
    } catch (thrown) {
      problems.push(`${what}: ${messageOf(thrown)}`);
    }
  };
  for (const target of targets) attempt(`target "${target.name}"`, () => importTarget(catalog, target, done));
  for (const query of queries) attempt(`query "${query.definition.name}"`, () => importQuery(catalog, query, done));
  if (dryRun || problems.length > 0) {
    for (const name of [...done.running, ...done.waiting]) catalog.remove(name);
    for (const before of done.edited.values()) catalog.put(before, { opensTargets: true });
    for (const name of done.opened) catalog.closeTarget(name);
  }
  if (problems.length > 0) {
    const shown = problems.slice(0, PROBLEMS_SHOWN_MAX).join("\n");
    const more = problems.length > PROBLEMS_SHOWN_MAX ? `\nand ${problems.length - PROBLEMS_SHOWN_MAX} more` : "";
    throw new HotakaError("HOTAKA_STATS_INVALID", `Nothing was imported. ${shown}${more}`);
  }
  return {
    targets: { opened: done.opened, there: done.there },
    queries: { running: done.running, waiting: done.waiting, edited: [...done.edited.keys()], there: done.standing },
  };
}

interface StatsImporting {
  readonly edits: boolean;
  readonly opened: string[];
  readonly there: string[];
  readonly running: string[];
  readonly waiting: string[];
  /** As they were before. */
  readonly edited: Map<string, QueryDefinition>;
  readonly standing: string[];
}

function importTarget(catalog: Catalog, target: StoredTarget, done: StatsImporting): void {
  if (catalog.openStored(target)) return void done.opened.push(target.name);
  done.there.push(target.name);
  const known = new Map(catalog.allFields(target.name).map(({ name, type }) => [name, type]));
  for (const { name, type } of target.fields) {
    const standing = known.get(name);
    if (standing !== undefined && standing !== type) throw invalid(`field "${name}" is ${standing} here and ${type} in the file.`);
  }
  for (const field of target.fields) if (!known.has(field.name)) catalog.addField(target.name, field);
}

function importQuery(catalog: Catalog, { definition, isSuspended }: ReadQuery, done: StatsImporting): void {
  const { name } = definition;
  const standing = catalog.query(name);
  if (standing !== undefined) {
    if (standing.sql === definition.sql && standing.group === definition.group) return void done.standing.push(name);
    if (!done.edits) throw invalid("there is another one of that name.");
    catalog.put(definition, { opensTargets: true });
    return void done.edited.set(name, { name, sql: standing.sql, group: standing.group });
  }
  const runs = catalog.register(definition, { opensTargets: true });
  (runs ? done.running : done.waiting).push(name);
  if (isSuspended) catalog.suspend(name);
}

interface ReadQuery {
  readonly definition: QueryDefinition;
  readonly isSuspended: boolean;
}

/** Other keys are left alone: old files have `threads` and `log`. */
function parseStats(text: string): { readonly targets: readonly StoredTarget[]; readonly queries: readonly ReadQuery[] } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (thrown) {
    throw invalid(`the file is not JSON: ${messageOf(thrown)}.`);
  }
  const stats = objectAt(value, "the file");
  return {
    targets: listAt(stats, "targets").map((target, index) => readTarget(target, `targets[${index}]`)),
    queries: listAt(stats, "queries").map((query, index) => readQuery(query, `queries[${index}]`)),
  };
}

function readTarget(value: unknown, at: string): StoredTarget {
  const target = objectAt(value, at);
  const name = textAt(target, "name", at);
  const fields = Object.entries(objectAt(target["fields"] ?? {}, `${at}.fields`)).map(([field, described]) => {
    const { type, optional } = objectAt(described, `${at}.fields.${field}`);
    return { name: field, type: typeOf(field, type), optional: optional !== false };
  });
  return { name, fields, autoField: target["auto_field"] !== false, isLazy: fields.length === 0, isDerived: false };
}

function typeOf(field: string, type: unknown): FieldType {
  const word = typeof type === "string" ? type.toLowerCase() : "";
  return isFieldType(word) ? word : declaredFieldType(field, word);
}

function readQuery(value: unknown, at: string): ReadQuery {
  const query = objectAt(value, at);
  const group = query["group"] ?? undefined;
  if (group !== undefined && typeof group !== "string") throw invalid(`${at}.group: a text or null was wanted.`);
  const definition = { name: textAt(query, "name", at), sql: textAt(query, "expression", at), group };
  return { definition, isSuspended: query["suspended"] === true };
}

function objectAt(value: unknown, at: string): Readonly<Record<string, unknown>> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Readonly<Record<string, unknown>>;
  throw invalid(`${at}: an object was wanted, as Norikra writes it.`);
}

function listAt(stats: Readonly<Record<string, unknown>>, key: string): readonly unknown[] {
  const value = stats[key];
  if (Array.isArray(value)) return value as readonly unknown[];
  throw invalid(`${key}: a list was wanted, as Norikra writes it.`);
}

function textAt(object: Readonly<Record<string, unknown>>, key: string, at: string): string {
  const value = object[key];
  if (typeof value === "string") return value;
  throw invalid(`${at}.${key}: a text was wanted.`);
}

function invalid(sentence: string): HotakaError {
  return new HotakaError("HOTAKA_STATS_INVALID", sentence);
}

const PROBLEMS_SHOWN_MAX = 20;
