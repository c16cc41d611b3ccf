import type { z } from "zod";
import type { NeededPackage } from "./needed_package.ts";

/**
 * zod, handed in by whoever wants the schema. Loading it takes longer (80 ms of CPU) than reading 300,000 lines, and a replay, or a
 * command that only asks the daemon, needs no schema: so a component imports zod for its types alone.
 */
export type Zod = typeof z;

/** What every component says of itself. The schema is the single truth: validation, manual and editor completion come from it. */
export interface Definition<Config> {
  /** The noun of its protocol or service in `snake_case`: folder, file, setting, manual page and metric label are spelled the same. */
  readonly name: string;
  /** One sentence for the manual. */
  readonly summary: string;
  /** Makes the schema: a strict object; every setting is described, bounded and has a default where one is sensible. */
  readonly config: (z: Zod) => z.ZodType<Config>;
  /** Settings as a user would write them; a test parses each one. */
  readonly examples: readonly z.input<z.ZodType<Config>>[];
  /** Packages that are not installed with Hotaka; settings that name it are refused, with the command, where one is missing. */
  readonly needs?: readonly NeededPackage[];
}
