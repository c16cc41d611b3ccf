import { createRequire } from "node:module";
import type { RE2JS } from "re2js";
import { messageOf } from "../../kit/index.ts";
import type { Operation } from "../plan/expression.ts";
import { text } from "./argument.ts";
import { patternStates } from "./pattern_states.ts";

/**
 * Regular expressions in time proportional to the length of the text, whatever the pattern: RE2's syntax, which is Java's without
 * backreferences and lookaround. The engine is loaded with the first query that uses it, so that others do not pay its 10 ms.
 */
export class Pattern {
  readonly #compiled: RE2JS;
  /** As `patternStates`. */
  readonly states: number;

  /** A compiled pattern, or a sentence saying what is wrong with it. */
  static of(source: string, statesMax = STATES_MAX): Pattern | string {
    if (source.length > PATTERN_LENGTH_MAX) return `a pattern of ${source.length} characters is longer than ${PATTERN_LENGTH_MAX}.`;
    const states = patternStates(source, statesMax);
    if (states > statesMax) return `written out, its repetitions make a pattern of more than ${statesMax} characters.`;
    try {
      return new Pattern(engine().compile(source), states);
    } catch (thrown) {
      return `${JSON.stringify(source)} is not a pattern: ${messageOf(thrown)}. Backreferences and lookaround are not a part of it.`;
    }
  }

  private constructor(compiled: RE2JS, states: number) {
    this.#compiled = compiled;
    this.states = states;
  }

  /** Whether a text may be matched with it: what it takes at worst is the product of both lengths. */
  isFit(candidate: string, stepsMax: number): boolean {
    return this.states * candidate.length <= stepsMax;
  }

  /** Whether the whole text is matched (Java's `matches`). */
  matches(candidate: string): boolean {
    return this.#compiled.testExact(candidate);
  }

  /** The first match anywhere as its groups, the whole match first; undefined where there is none. */
  find(candidate: string): (string | null)[] | undefined {
    const matcher = this.#compiled.matcher(candidate);
    if (!matcher.find()) return undefined;
    return Array.from({ length: matcher.groupCount() + 1 }, (_, group) => matcher.group(group));
  }

  /** `String.replaceAll` and `replaceFirst` of Java: `$1` in the replacement is a group. */
  replace(candidate: string, replacement: string, all: boolean): string {
    const matcher = this.#compiled.matcher(candidate);
    return all ? matcher.replaceAll(replacement, true) : matcher.replaceFirst(replacement, true);
  }

  /** `String.split` of Java: without the empty texts at the end, and without one before an empty match at the beginning. */
  split(candidate: string): string[] {
    const parts: string[] = [];
    const matcher = this.#compiled.matcher(candidate);
    let from = 0;
    while (matcher.find()) {
      if (matcher.end() === 0) continue;
      parts.push(candidate.slice(from, matcher.start()));
      from = matcher.end();
    }
    if (from === 0) return [candidate];
    parts.push(candidate.slice(from));
    while (parts.length > 0 && parts.at(-1) === "") parts.pop();
    return parts;
  }
}

/** `regexp` with a pattern known in advance. A text so long that it would hold up the others gives null; of usual patterns there is none. */
export function regexp(source: string, pattern: Pattern): Operation {
  return {
    name: `regexp ${JSON.stringify(source)}`,
    strict: true,
    nullable: pattern.states * TEXT_LENGTH_USUAL > STEPS_MAX,
    evaluate: (value) =>
      pattern.states * TEXT_LENGTH_USUAL <= STEPS_MAX || pattern.isFit(text(value), STEPS_MAX) ? pattern.matches(text(value)) : null,
  };
}

/** `regexp` with a pattern that is worked out for each event; null where that is no pattern, or one that takes too long for the text. */
export const regexpDynamic: Operation = {
  name: "regexp",
  strict: true,
  nullable: true,
  evaluate: (value, pattern) => recentPattern(text(pattern), text(value))?.matches(text(value)) ?? null,
};

/** The pattern that a query is written with, or a sentence saying what is wrong with it. */
export function patternOfQuery(source: string): Pattern | string {
  const pattern = Pattern.of(source);
  if (ofQueries.size >= OF_QUERIES_MAX) ofQueries.clear();
  if (typeof pattern !== "string") ofQueries.set(source, pattern);
  return pattern;
}

/**
 * A pattern that comes with the data, compiled once for as long as it is among the latest. Undefined for what is no pattern, and where it would
 * take too long: whoever sends events chooses it and the text.
 */
export function recentPattern(source: string, candidate: string): Pattern | undefined {
  const written = ofQueries.get(source);
  if (written !== undefined) return written.isFit(candidate, STEPS_MAX) ? written : undefined;
  let pattern = recent.get(source);
  if (pattern === undefined) {
    pattern = Pattern.of(source, STATES_OF_DATA_MAX);
    if (recent.size >= RECENT_MAX) recent.clear();
    recent.set(source, pattern);
  }
  return typeof pattern === "string" || !pattern.isFit(candidate, STEPS_OF_DATA_MAX) ? undefined : pattern;
}

const recent = new Map<string, Pattern | string>();
const ofQueries = new Map<string, Pattern>();

function engine(): typeof RE2JS {
  loaded ??= (createRequire(import.meta.url)("re2js") as { RE2JS: typeof RE2JS }).RE2JS;
  return loaded;
}

let loaded: typeof RE2JS | undefined;

const PATTERN_LENGTH_MAX = 4096;
const STATES_MAX = 4096;
/** A step, one state at one character, takes up to 65 ns: half a second. A pattern that stays below it for any usual line is never looked after. */
const STEPS_MAX = 8_000_000;
const TEXT_LENGTH_USUAL = 8192;
/** For patterns that come with the data: 1 ms to compile one, 30 ms to match. */
const STATES_OF_DATA_MAX = 256;
const STEPS_OF_DATA_MAX = 500_000;
const RECENT_MAX = 256;
/** More are seldom registered; those that are forgotten have the bounds of patterns of the data. */
const OF_QUERIES_MAX = 10_000;
