import { compileMatch } from "../../kit/index.ts";
import { Notes, type Note } from "./notes.ts";
import type { KnownFields } from "./parse_format.ts";
import type { Section } from "./section.ts";
import { translateFilter } from "./translate_filters.ts";
import { isPattern, translateOutput } from "./translate_outputs.ts";
import { type Fetch, type Item, translateSource } from "./translate_sources.ts";

/** Settings that do what a configuration of Fluentd did, as far as that is possible, and what there is to tell of it. */
export interface Translation {
  readonly settings: Readonly<Record<string, readonly Item[]>>;
  readonly notes: readonly Note[];
}

/** Translates a configuration that was read. `fields` are those of targets, by their names, where they are known from elsewhere. */
export function translate(root: Section, fields: ReadonlyMap<string, KnownFields> = new Map()): Translation {
  const notes = new Notes();
  const lists = { sources: [] as Item[], filters: [] as Item[], routes: [] as Item[], queries: [] as Item[], actions: [] as Item[] };
  const fetches: Fetch[] = [];
  root.all("system").forEach((system) => notes.add("needless", system, "system: how Fluentd runs itself."));
  const labels = root.all("label");
  for (const label of labels) {
    if (label.argument === "@ERROR") notes.add("needless", label, "@ERROR: what is refused is counted and told in the log.");
    else
      notes.add(
        "changed",
        label,
        `${label.argument}: its filters and outputs follow those before it. Where a tag is meant by two labels, the first route takes it.`,
      );
  }
  const scopes = [root, ...labels.filter(({ argument }) => argument !== "@ERROR")];
  for (const filter of scopes.flatMap((scope) => scope.all("filter"))) lists.filters.push(...translateFilter(filter, notes));
  const outputs = scopes.flatMap((scope) => scope.all("match")).flatMap((match) => outputsOf(match, notes));
  const fieldsOf = (tag: string): KnownFields | undefined => fields.get(targetOf(tag, outputs) ?? "");
  for (const source of root.all("source")) translateSource(source, { items: lists.sources, fetches }, notes, fieldsOf);
  const hasRows = fetches.length > 0 || outputs.some(({ output }) => output.type === "exec_filter");
  // Events of logs take the first route that fits, as in Fluentd.
  if (hasRows) warnOfShadows(outputs, notes);
  const programs = outputs.filter(({ output }) => output.type === "exec_filter").map(({ output }) => output);
  for (const { output, pattern } of inOrderOfRoutes(outputs)) {
    // What a program gives is not given to it again.
    const results = programs.filter((program) => program !== output).map((program) => resultTag(program));
    translateOutput(output, pattern, lists, { fetches, results, notes });
  }
  for (const scope of scopes) notes.rest(scope, { shallow: true });
  return { settings: Object.fromEntries(Object.entries(lists).filter(([, items]) => items.length > 0)), notes: notes.all };
}

/** Of the outputs of one pattern those of Norikra come first: they say which target the events go to, and the others take them from there. */
function inOrderOfRoutes(outputs: readonly PlacedOutput[]): PlacedOutput[] {
  const rank = (one: PlacedOutput): number =>
    outputs.findIndex(({ pattern }) => pattern === one.pattern) * 2 + (one.output.type.startsWith("norikra") ? 0 : 1);
  return outputs.toSorted((left, right) => rank(left) - rank(right));
}

interface PlacedOutput {
  readonly output: Section;
  readonly pattern: string;
}

/** The outputs of a `<match>`: itself, or each store of a copy. */
function outputsOf(match: Section, notes: Notes): PlacedOutput[] {
  const pattern = match.argument === "" ? "**" : match.argument;
  if (!isPattern(pattern) || /#\{/.test(pattern)) {
    notes.add("untranslated", match, `match ${pattern}: the pattern cannot be read.`);
    return [];
  }
  if (match.type === "relabel") {
    notes.add("changed", match, `relabel: the outputs of ${match.value("@label") ?? "the label"} are reached by their own patterns.`);
    return [];
  }
  if (match.type !== "copy") return [{ output: match, pattern }];
  match.parameter("copy_mode", "deep_copy");
  for (const other of match.sections) {
    if (other.name !== "store") notes.add("untranslated", other, `<${other.name}> of <match> (copy) has no counterpart.`);
  }
  return match.all("store").map((output) => ({ output, pattern }));
}

/** The tag under which a program gives its results; undefined where they say it themselves. */
function resultTag(output: Section): string | undefined {
  const prefix = output.value("add_prefix");
  const isDynamic = output.value("out_tag_key") !== undefined || output.all("extract")[0]?.value("tag_key") !== undefined;
  const tag = output.value("tag") ?? "exec_filter";
  return isDynamic ? undefined : prefix === undefined ? tag : `${prefix}.${tag}`;
}

/** The target of Norikra that events of a tag went to; undefined where they went elsewhere. */
function targetOf(tag: string, outputs: readonly PlacedOutput[]): string | undefined {
  const found = outputs.find(({ output, pattern }) => output.type.startsWith("norikra") && compileMatch(pattern)(tag))?.output;
  const prefix = found?.value("remove_tag_prefix");
  const rest = prefix !== undefined && tag.startsWith(`${prefix}.`) ? tag.slice(prefix.length + 1) : tag;
  return found === undefined ? undefined : (found.value("target_string") ?? rest).replaceAll(/\W/g, "_");
}

/** In Fluentd the first match takes an event; here every action takes a row that fits it. */
function warnOfShadows(outputs: readonly PlacedOutput[], notes: Notes): void {
  for (const [at, { output, pattern }] of outputs.entries()) {
    if (output.type.startsWith("norikra")) continue;
    const fits = compileMatch(pattern);
    const before = outputs
      .slice(0, at)
      .find(
        (earlier) =>
          !earlier.output.type.startsWith("norikra") && earlier.pattern !== pattern && samplesOf(earlier.pattern).some((tag) => fits(tag)),
      );
    if (before === undefined) continue;
    notes.add(
      "changed",
      output,
      `match ${pattern}: what fits ${before.pattern} (line ${before.output.line}) too is answered by both; in Fluentd the first takes it.`,
    );
  }
}

/** Tags that fit a pattern. */
function samplesOf(pattern: string): string[] {
  return pattern.split(/\s+/).map((one) =>
    one
      .replaceAll(/\{([^,}]*)[^}]*\}/g, "$1")
      .replaceAll("**", "x")
      .replaceAll("*", "x"),
  );
}
