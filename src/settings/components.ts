import { actions } from "../actions/index.ts";
import { enforcers } from "../enforcers/index.ts";
import { filters } from "../filters/index.ts";
import { sources } from "../sources/index.ts";

/** Every component that settings may declare. */
export const COMPONENTS = { sources, filters, actions, enforcers };
