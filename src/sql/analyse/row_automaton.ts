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
  const { starts, ends, empty } = builder.strand(pattern, false);
  if (empty)
    throw source.error("HOTAKA_SQL_INVALID", pattern.at, "the pattern can match no event at all; one variable at least must be required.");
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
        return node.children.map((child) => this.strand(child, greedy)).reduce((left, right) => this.#followed(left, right));
      case "alternation":
        return either(node.children.map((child) => this.strand(child, greedy)));
      case "permutation":
        return this.#permuted(node.children, [], greedy);
      case "repetition":
        return this.#repeated(node, greedy || node.greedy);
    }
  }

  #followed(left: Strand, right: Strand): Strand {
    this.#link(left.ends, right.starts);
    return {
      starts: left.empty ? [...left.starts, ...right.starts] : left.starts,
      ends: right.empty ? [...left.ends, ...right.ends] : right.ends,
      empty: left.empty && right.empty,
    };
  }

  /** Every order of what is left, each with states of its own. */
  #permuted(left: readonly RowRegexNode[], before: readonly RowRegexNode[], greedy: boolean): Strand {
    if (left.length === 0) {
      return before.map((node) => this.strand(node, greedy)).reduce((first, second) => this.#followed(first, second));
    }
    return either(left.map((node, at) => this.#permuted(left.toSpliced(at, 1), [...before, node], greedy)));
  }

  #repeated(node: Extract<RowRegexNode, { kind: "repetition" }>, greedy: boolean): Strand {
    const { low, high } = node;
    if (high !== undefined && (high < low || high === 0)) {
      const sentence = `a repetition from ${low} to ${high} times; the second must be 1 or more, and not less than the first.`;
      throw this.#source.error("HOTAKA_SQL_INVALID", node.at, sentence);
    }
    const first = this.strand(node.child, greedy);
    const required = first.empty ? 0 : low;
    const ends = required <= 1 ? [...first.ends] : [];
    let last = first;
    for (let count = 2; count <= (high ?? Math.max(low, 1)); count++) {
      const next = this.strand(node.child, greedy);
      this.#link(last.ends, next.starts);
      last = next;
      if (count >= required) ends.push(...next.ends);
    }
    if (high === undefined) this.#link(last.ends, last.starts);
    return { starts: first.starts, ends, empty: required === 0 };
  }

  /** What comes again stands before what comes behind it: a repetition is preferred to its end. */
  #link(ends: readonly number[], starts: readonly number[]): void {
    for (const end of ends) {
      const { next } = this.states[end]!;
      for (const start of starts) if (!next.includes(start)) next.push(start);
    }
  }
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
