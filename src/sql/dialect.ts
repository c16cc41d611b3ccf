import type { AggregateDefinition, FunctionDefinition, WindowDefinition } from "./vocabulary.ts";

/** The words of the language that have been loaded: all of them (`standard.ts`), or for a replay those of most queries (`common_words.ts`). */
export const windows: WindowDefinition[] = [];
export const aggregates: AggregateDefinition[] = [];
export const functions: FunctionDefinition[] = [];

export interface Words {
  readonly windows: readonly WindowDefinition[];
  readonly aggregates: readonly AggregateDefinition[];
  readonly functions: readonly FunctionDefinition[];
}

/** From here on queries may use these too. */
export function learn(words: Words): void {
  add(windows, words.windows);
  add(aggregates, words.aggregates);
  add(functions, words.functions);
}

/** In order of name: so messages list them. */
function add<Word extends { readonly name: string }>(known: Word[], words: readonly Word[]): void {
  known.push(...words.filter((word) => !known.includes(word)));
  known.sort((left, right) => (left.name < right.name ? -1 : 1));
}
