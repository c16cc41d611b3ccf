import { compileMatch } from "../../kit/index.ts";
import { EVERY_EVENT } from "./event_outputs.ts";
import type { Fetch } from "./translate_sources.ts";

/**
 * The patterns of names of queries that a pattern of tags means, where rows of queries have the tags that `fetches` say: with the prefix
 * `norikra.query` the pattern `norikra.query.block.**` means `block.**`. Any query is written so that no result of a program is meant. Empty
 * when it means none; undefined when that cannot be told.
 */
export function reachedQueries(pattern: string, fetches: readonly Fetch[]): string[] | undefined {
  const found = new Set<string>();
  for (const one of pattern.trim().split(/\s+/)) {
    for (const { prefix, query } of fetches) {
      const tag = prefix === "" ? (query ?? "") : `${prefix}.${query ?? ""}`;
      if (query !== undefined) {
        if (compileMatch(one)(tag)) found.add(query);
        continue;
      }
      const rest = withoutPrefix(one, prefix);
      if (rest === undefined) return undefined;
      if (rest !== "") found.add(rest === "**" ? QUERIES : rest);
    }
  }
  return [...found];
}

/** The pattern for results of programs that a pattern of tags means, where one of their tags may fit it. */
export function resultPattern(pattern: string, results: readonly (string | undefined)[]): string[] {
  return pattern
    .trim()
    .split(/\s+/)
    .filter((one) => results.some((tag) => tag === undefined || compileMatch(one)(tag)))
    .map((one) => `result.${one}`);
}

/** Empty: no tag with the prefix fits. Undefined: some may, and what behind the prefix fits cannot be written as a pattern. */
function withoutPrefix(pattern: string, prefix: string): string | undefined {
  if (prefix === "") return pattern;
  const [parts, wanted] = [pattern.split("."), prefix.split(".")];
  for (const [at, part] of wanted.entries()) {
    const own = parts[at];
    if (own === undefined) return "";
    // From here on anything fits.
    if (own === "**" && at === parts.length - 1) return "**";
    if (own === "**" || own.includes("{") || own.startsWith("/")) return undefined;
    if (!compileMatch(own)(part)) return "";
  }
  const rest = parts.slice(wanted.length).join(".");
  return rest;
}

/** Any name but those of results, and of queries that give every event of a log. */
const QUERIES = `/(?!(?:result|${EVERY_EVENT})\\.).*/`;
