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
  windows.push(...words.windows.filter((word) => !windows.includes(word)));
  aggregates.push(...words.aggregates.filter((word) => !aggregates.includes(word)));
  functions.push(...words.functions.filter((word) => !functions.includes(word)));
}
