import type { z } from "zod";

/** What every component says of itself. The schema is the single truth: validation, manual and editor completion come from it. */
export interface Definition<Config> {
  /** The noun of its protocol or service in `snake_case`: folder, file, setting, manual page and metric label are spelled the same. */
  readonly name: string;
  /** One sentence for the manual. */
  readonly summary: string;
  /** A strict object; every setting is described, bounded and has a default where one is sensible. */
  readonly config: z.ZodType<Config>;
  /** Settings as a user would write them; a test parses each one. */
  readonly examples: readonly z.input<z.ZodType<Config>>[];
}
