import { createRequire } from "node:module";
import type { RE2JS } from "re2js";
import { messageOf } from "./errors.ts";
import { re2Spelling } from "./onigmo.ts";

/**
 * A regular expression that a user wrote, for text that a stranger wrote: matched in time proportional to the length of the text,
 * whatever the expression. It is written bare or between slashes with Ruby's options behind (`/error/i`), in the syntax that Ruby and RE2
 * share. The engine is loaded with the first expression, so that others do not pay for it.
 */
export class Expression {
  /** The names of its groups, each with its number. */
  readonly groups: ReadonlyMap<string, number>;
  readonly #compiled: RE2JS;

  /** The expression, or a sentence saying what is wrong with it. */
  static of(written: string): Expression | string {
    if (written.length > LENGTH_MAX) return `an expression of ${written.length} characters is longer than ${LENGTH_MAX}`;
    try {
      return new Expression(engine().compile(re2Spelling(written)));
    } catch (thrown) {
      return messageOf(thrown).replace(/^error parsing regexp: /, "it is no regular expression: ");
    }
  }

  private constructor(compiled: RE2JS) {
    this.#compiled = compiled;
    this.groups = new Map(Object.entries(compiled.namedGroups()));
  }

  /** Whether it matches anywhere in the text. */
  test(text: string): boolean {
    return this.#compiled.test(text);
  }

  /** The first match anywhere, as where its groups stand: for the group of number n, from `[2n]` to `[2n + 1]`, both -1 where it took no part. */
  find(text: string): Int32Array | undefined {
    const matcher = this.#compiled.matcher(text);
    if (!matcher.find()) return undefined;
    const places = new Int32Array(2 * (this.#compiled.groupCount() + 1));
    for (let group = 0; group < places.length / 2; group++) {
      places[2 * group] = matcher.start(group);
      places[2 * group + 1] = matcher.end(group);
    }
    return places;
  }
}

function engine(): typeof RE2JS {
  loaded ??= (createRequire(import.meta.url)("re2js") as { RE2JS: typeof RE2JS }).RE2JS;
  return loaded;
}

let loaded: typeof RE2JS | undefined;
const LENGTH_MAX = 4096;
