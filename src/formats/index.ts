import type { FormatDefinition } from "../component/index.ts";
import { combined } from "./combined/combined.ts";
import { none } from "./none/none.ts";

/** Every format, in order of name. */
export const formats: readonly FormatDefinition<unknown>[] = [combined, none];
