import type { Notes } from "./notes.ts";
import type { Section } from "./section.ts";
import type { Item } from "./translate_sources.ts";

/** The lists of the settings that events pass on their way to an action. */
export interface EventLists {
  readonly filters: Item[];
  readonly routes: Item[];
  readonly queries: Item[];
}

/** How an action has the events of a match. */
export interface EventsOfMatch {
  /** The query that gives every one of them. */
  readonly query: string;
  /** What stands for the tag of a row: a text with fields of the row in it. */
  readonly tag: () => string;
}

/**
 * Leads the events of logs that a `<match>` takes to actions, which answer rows: into a target of their own, of which a query gives every event.
 * Several outputs of one pattern share both. Undefined, with a note, where the events go into targets that nobody can name beforehand.
 */
export function eventsOf(output: Section, pattern: string, into: EventLists, notes: Notes): EventsOfMatch | undefined {
  const standing = into.routes.find(({ match }) => match === pattern);
  const target = standing === undefined ? freeTarget(pattern, into.routes) : targetOf(standing, pattern);
  if (typeof target !== "string") {
    notes.add(
      "untranslated",
      output,
      `match ${pattern}: its events go into targets that are named by their tags, which cannot be known here. For each of them a query SELECT * FROM the target brings its events to an action.`,
    );
    return undefined;
  }
  if (standing === undefined) into.routes.push({ match: pattern, target });
  const query = `${EVERY_EVENT}.${target}`;
  if (!into.queries.some(({ name }) => name === query)) {
    into.queries.push({ name: query, sql: `SELECT * FROM ${target}` });
    notes.add(
      "changed",
      output,
      `match ${pattern}: its events go into the target ${target}, and the query ${query} hands every one to its outputs.`,
    );
  }
  return { query, tag: () => tagOf(output, pattern, into, notes) };
}

/** The tag of an event is no field of it: where a pattern fits several tags, a filter makes it one. */
function tagOf(output: Section, pattern: string, { filters }: EventLists, notes: Notes): string {
  if (isOneTag(pattern)) return pattern;
  const item = { match: pattern, record: { set: { [TAG_FIELD]: "${tag}" } } };
  if (!filters.some((one) => JSON.stringify(one) === JSON.stringify(item))) filters.push(item);
  notes.add("changed", output, `match ${pattern}: a filter sets the field ${TAG_FIELD}, so that events are sent on under their tags.`);
  return `\${${TAG_FIELD}}`;
}

/** Where a route leads the events of its pattern; undefined where that is told by their tags. */
function targetOf(route: Item, pattern: string): unknown {
  const { target, remove_prefix: prefix, drop } = route;
  if (target !== undefined || drop === true || !isOneTag(pattern)) return target;
  const rest = typeof prefix === "string" && pattern.startsWith(`${prefix}.`) ? pattern.slice(prefix.length + 1) : pattern;
  return rest.replaceAll(/\W/g, "_");
}

function isOneTag(pattern: string): boolean {
  return !/[*{/\s]/.test(pattern);
}

/** What is plain text of a pattern, as a name that no other route has. */
function freeTarget(pattern: string, routes: readonly Item[]): string {
  const words = pattern.match(/[A-Za-z0-9]+/g) ?? [];
  const name =
    words
      .join("_")
      .replace(/^[^A-Za-z]+/, "")
      .slice(0, TARGET_CHARS_MAX)
      .replace(/_+$/, "") || "events";
  const taken = new Set(routes.map(({ target }) => target));
  let free = name;
  for (let copy = 2; taken.has(free); copy++) free = `${name}${copy}`;
  return free;
}

/** What names of queries begin with that give every event of a target; no query of Norikra is likely to be called so. */
export const EVERY_EVENT = "every_event";
const TAG_FIELD = "fluentd_tag";
const TARGET_CHARS_MAX = 100;
