import type { SourceDefinition } from "../component/index.ts";
import { replay } from "./replay/replay.ts";
import { tail } from "./tail/tail.ts";

/** Every source, in order of name. */
export const sources: readonly SourceDefinition<unknown>[] = [replay, tail];
