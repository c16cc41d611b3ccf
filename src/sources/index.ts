import type { SourceDefinition } from "../component/index.ts";
import { forward } from "./forward/forward.ts";
import { replay } from "./replay/replay.ts";
import { tail } from "./tail/tail.ts";

/** Every source, in order of name. */
export const sources: readonly SourceDefinition<unknown>[] = [forward, replay, tail];
