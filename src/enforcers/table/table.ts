import { defineEnforcer, type EnforcerContext } from "../../component/index.ts";
import type { Tables } from "../../tables/index.ts";
import { TableBlocks } from "../table_blocks.ts";

/** What the table enforcer needs beside the rest. */
export interface TableContext extends EnforcerContext {
  readonly tables: Tables;
}

interface TableConfig {
  readonly name: string;
  readonly entries_max: number;
}

/** Holds the blocks in a table of the daemon itself, to be looked up by whoever asks: no root, no cloud account. */
export const table = defineEnforcer<TableConfig, TableContext>({
  name: "table",
  summary: "Holds the blocks in a table of the daemon itself, to be looked up by whoever asks. Needs no privilege.",
  undo: "There is nothing to take back: the table ends with the daemon.",
  config: (z) =>
    z.strictObject({
      name: z
        .string()
        .regex(/^[a-z][a-z0-9_]{0,63}$/, "a name of lower-case letters, digits and underscores was wanted, 64 at most.")
        .default("blocked")
        .describe("Name of the table."),
      entries_max: z
        .int()
        .min(1)
        .max(1_000_000)
        .default(100_000)
        .describe("Most entries it holds; blocks beyond are shown as over capacity."),
    }),
  examples: [{}, { name: "blocked", entries_max: 1000 }],
  open: async (config, { tables }) => new TableBlocks(tables.open(config.name, config.entries_max)),
});
