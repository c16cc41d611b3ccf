import { actions } from "../../src/actions/index.ts";
import { enforcers } from "../../src/enforcers/index.ts";
import { filters } from "../../src/filters/index.ts";
import { formats } from "../../src/formats/index.ts";
import { sources } from "../../src/sources/index.ts";
import type { Described, KINDS } from "./component_page.ts";

/** Every component there is, by kind. */
export const components = { sources, filters, formats, actions, enforcers } as const satisfies Record<
  keyof typeof KINDS,
  readonly Described[]
>;
