import type { RowAutomaton, RowState } from "../plan/row_pattern.ts";
import type { RowRegexNode, SourceText } from "../syntax/index.ts";

type Draft = { -readonly [Name in keyof RowState]: RowState[Name] extends readonly (infer Item)[] ? Item[] : RowState[Name] };

/** A part of a pattern as states: where it begins, where it may end, and whether it may take no event at all. */
interface Strand {
  readonly starts: readonly number[];
  readonly ends: readonly number[];
  readonly empty: boolean;
}

/** What a state needs to know of its variable. */
export type StateOfVariable = (name: string) => Pick<RowState, "variable" | "condition" | "readsMatch">;

/** Builds the states of a pattern. Throws HOTAKA_SQL_LIMIT where there would be more than STATES_MAX. */
export function rowAutomaton(pattern: RowRegexNode, source: SourceText, stateOf: StateOfVariable): RowAutomaton {
  const builder = new AutomatonBuilder(source, stateOf);
  // Where all of it is optional, no event is no match: as in Esper.
  const { starts, ends } = builder.strand(pattern, false);
  for (const end of ends) builder.states[end]!.final = true;
  return { states: builder.states, starts };
}

class AutomatonBuilder {
  readonly #source: SourceText;
  readonly #stateOf: StateOfVariable;
  readonly states: Draft[] = [];

  constructor(source: SourceText, stateOf: StateOfVariable) {
    this.#source = source;
    this.#stateOf = stateOf;
  }

  strand(node: RowRegexNode, greedy: boolean): Strand {
    switch (node.kind) {
      case "variable": {
        if (this.states.length >= STATES_MAX)
          throw this.#source.error("HOTAKA_SQL_LIMIT", node.at, `the pattern has more than ${STATES_MAX} states.`);
        const state = this.states.push({ ...this.#stateOf(node.name), greedy, next: [], final: false }) - 1;
        return { starts: [state], ends: [state], empty: false };
      }
      case "concatenation":
        return this.#concatenated(node.children.map((child) => this.strand(child, greedy)));
      case "alternation":
        return either(node.children.map((child) => this.strand(child, greedy)));
      case "permutation":
        return this.#permuted(node.children, [], greedy);
      case "repetition":
        return this.#repeated(node);
    }
  }

  /** One strand after the other. As in Esper what stands further on is looked at first. */
  #concatenated(strands: readonly Strand[]): Strand {
    for (let to = strands.length - 1; to > 0; to--) {
      for (let from = to - 1; from >= 0; from--) {
        this.#link(strands[from]!.ends, strands[to]!.starts);
        if (!strands[from]!.empty) break;
      }
    }
    return {
      starts: upToRequired(strands).flatMap(({ starts }) => starts),
      ends: upToRequired(strands.toReversed()).flatMap(({ ends }) => ends),
      empty: strands.every(({ empty }) => empty),
    };
  }

  /** Every order of what is left, each with states of its own. */
  #permuted(left: readonly RowRegexNode[], before: readonly RowRegexNode[], greedy: boolean): Strand {
    if (left.length === 0) {
      return this.#concatenated(before.map((node) => this.strand(node, greedy)));
    }
    return either(left.map((node, at) => this.#permuted(left.toSpliced(at, 1), [...before, node], greedy)));
  }

  /**
   * `{2,4}` is two that must come and two that may, `{2,}` two and then as many as come. Of a variable what may come takes what it can; of
   * parentheses, as in Esper, nothing is preferred.
   */
  #repeated({ child, low, high, greedy, at }: Extract<RowRegexNode, { kind: "repetition" }>): Strand {
    if (high !== undefined && (high < low || high === 0)) {
      const sentence = `a repetition from ${low} to ${high} times; the second must be 1 or more, and not less than the first.`;
      throw this.#source.error("HOTAKA_SQL_INVALID", at, sentence);
    }
    const prefers = greedy && child.kind === "variable";
    const endless = high === undefined && low <= 1;
    const strands = Array.from({ length: endless ? 0 : low }, () => this.strand(child, false));
    for (let count = low; count < (high ?? 0); count++) strands.push({ ...this.strand(child, prefers), empty: true });
    if (high === undefined) {
      const last = this.strand(child, prefers);
      this.#link(last.ends, last.starts);
      strands.push({ ...last, empty: last.empty || low !== 1 });
    }
    return this.#concatenated(strands);
  }

  /** What comes again stands before what comes behind it: a repetition is preferred to its end. */
  #link(ends: readonly number[], starts: readonly number[]): void {
    for (const end of ends) {
      const { next } = this.states[end]!;
      for (const start of starts) if (!next.includes(start)) next.push(start);
    }
  }
}

/** The first strands through the first of them that must take an event. */
function upToRequired(strands: readonly Strand[]): readonly Strand[] {
  const required = strands.findIndex(({ empty }) => !empty);
  return required === -1 ? strands : strands.slice(0, required + 1);
}

function either(strands: readonly Strand[]): Strand {
  return {
    starts: strands.flatMap(({ starts }) => starts),
    ends: strands.flatMap(({ ends }) => ends),
    empty: strands.some(({ empty }) => empty),
  };
}

/** A permutation of six has 4320 states, and every state that waits is looked at with every event. */
const STATES_MAX = 1000;
