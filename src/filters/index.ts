import type { FilterDefinition } from "../component/index.ts";
import { geo } from "./geo/geo.ts";
import { grep } from "./grep/grep.ts";
import { record } from "./record/record.ts";
import { sample } from "./sample/sample.ts";

/** Every filter, in order of name. */
export const filters: readonly FilterDefinition<unknown>[] = [geo, grep, record, sample];
