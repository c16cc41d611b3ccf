import type { FilterDefinition } from "../component/index.ts";
import { grep } from "./grep/grep.ts";
import { record } from "./record/record.ts";
import { sample } from "./sample/sample.ts";

/** Every filter, in order of name. */
export const filters: readonly FilterDefinition<unknown>[] = [grep, record, sample];
