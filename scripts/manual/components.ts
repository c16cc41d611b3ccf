import { actions } from "../../src/actions/index.ts";
import { enforcers } from "../../src/enforcers/index.ts";
import { formats } from "../../src/formats/index.ts";
import type { Described, KINDS } from "./component_page.ts";

/** Every component there is, by kind. */
export const components = { actions, formats, enforcers } as const satisfies Readonly<
  Partial<Record<keyof typeof KINDS, readonly Described[]>>
>;
