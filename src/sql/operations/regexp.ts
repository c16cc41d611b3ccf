import { createRequire } from "node:module";
import type { RE2JS } from "re2js";
import { messageOf } from "../../kit/index.ts";
import type { Operation } from "../plan/expression.ts";
import { text } from "./argument.ts";

/**
 * Regular expressions in time proportional to the length of the text, whatever the pattern: RE2's syntax, which is Java's without
 * backreferences and lookaround. The engine is loaded with the first query that uses it, so that others do not pay its 10 ms.
 */
export class Pattern {
  readonly #compiled: RE2JS;

  /** A compiled pattern, or a sentence saying what is wrong with it. */
  static of(source: string): Pattern | string {
    if (source.length > PATTERN_LENGTH_MAX) return `a pattern of ${source.length} characters is longer than ${PATTERN_LENGTH_MAX}.`;
    try {
      return new Pattern(engine().compile(source));
    } catch (thrown) {
      return `${JSON.stringify(source)} is not a pattern: ${messageOf(thrown)}. Backreferences and lookaround are not a part of it.`;
    }
  }

  private constructor(compiled: RE2JS) {
    this.#compiled = compiled;
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

/** `regexp` with a pattern known in advance. */
export function regexp(source: string, pattern: Pattern): Operation {
  return {
    name: `regexp ${JSON.stringify(source)}`,
    strict: true,
    nullable: false,
    evaluate: (value) => pattern.matches(text(value)),
  };
}

/** `regexp` with a pattern that is worked out for each event; null where that is no pattern. */
export const regexpDynamic: Operation = {
  name: "regexp",
  strict: true,
  nullable: true,
  evaluate: (value, pattern) => recentPattern(text(pattern))?.matches(text(value)) ?? null,
};

/** A pattern that comes with the data, compiled once for as long as it is among the latest; undefined for what is no pattern. */
export function recentPattern(source: string): Pattern | undefined {
  let pattern = recent.get(source);
  if (pattern === undefined) {
    pattern = Pattern.of(source);
    if (recent.size >= RECENT_MAX) recent.clear();
    recent.set(source, pattern);
  }
  return typeof pattern === "string" ? undefined : pattern;
}

const recent = new Map<string, Pattern | string>();

function engine(): typeof RE2JS {
  loaded ??= (createRequire(import.meta.url)("re2js") as { RE2JS: typeof RE2JS }).RE2JS;
  return loaded;
}

let loaded: typeof RE2JS | undefined;

const PATTERN_LENGTH_MAX = 4096;
const RECENT_MAX = 256;
