export type { Case, ExpectedRow } from "./case.ts";
export type { Difference } from "./compare.ts";
export { parseCases } from "./jsonl.ts";
export { runCase, type Verdict } from "./run_case.ts";
export { completeStories, parseStories } from "./story.ts";
