import { batchSettings, defineAction, duration, size } from "../../component/index.ts";
import { FileAction, type FileConfig } from "./file_action.ts";

/** Appends each row to a file. */
export const file = defineAction<FileConfig>({
  name: "file",
  summary: "Appends each row to a file as a line of JSON or LTSV, and rotates it by size and time.",
  undo: "A line stays until its file is rotated away; every line has the `key` of its row.",
  config: (z) =>
    z.strictObject({
      path: z.string().min(1).describe("The file. A relative path starts at the folder of the settings file; folders are made."),
      format: z.enum(["json", "ltsv"]).default("json").describe("How a row is written: with its time, query and key before its columns."),
      rotate_bytes: size(z, { minBytes: 1024 })
        .prefault("100MB")
        .describe("A file that the next batch would make larger is rotated before it."),
      rotate_every: duration(z, { minMs: 60_000 })
        .optional()
        .describe("A file is rotated at multiples of this in UTC as well, such as `1 day`: before the first line behind that instant."),
      files_max: z.int().min(0).max(10_000).default(10).describe("Rotated files that are kept; older ones are removed, and counted."),
      compress: z.boolean().default(true).describe("Whether rotated files are compressed with gzip."),
      sync: z
        .enum(["row", "never"])
        .default("row")
        .describe(
          "`row`: a row is on the disk before it counts as written, with one sync for a batch. `never`: the system decides when, and a power cut may take the last ones.",
        ),
      batch: z
        .strictObject(batchSettings(z, { rowsMax: 1000, bytesMax: 1 << 20 }))
        .prefault({})
        .describe("How many rows are written at a time."),
    }),
  examples: [
    { path: "blocks.log" },
    { path: "/var/log/hotaka/detected.ltsv", format: "ltsv", rotate_every: "1 day", files_max: 90, sync: "never" },
  ],
  open: async (config, context) => FileAction.open(config, context),
});
