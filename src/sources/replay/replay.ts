import { defineSource, size } from "../../component/index.ts";
import { formatSetting } from "../format_setting.ts";
import { targetsOf } from "../line_settings.ts";
import { openReplay } from "./replay_source.ts";

export const replay = defineSource({
  name: "replay",
  summary: "Reads a log once, from its beginning to its end, at the times its lines carry: minutes pass in seconds.",
  config: (z) =>
    z.strictObject({
      path: z.string().min(1).describe("The log to read. A relative path starts at the folder of the settings file."),
      format: formatSetting(z),
      target: z.string().min(1).describe("Target that receives the events."),
      time: z
        .enum(["recorded", "ends_now"])
        .default("recorded")
        .describe("Whether events keep the times of their lines, or are all moved by the same amount so that the last one is now."),
      line_bytes_max: size(z, { minBytes: 1024, maxBytes: 64 << 20 })
        .prefault("1MB")
        .describe("Longest line that is read; a longer one is skipped and counted."),
    }),
  examples: [{ path: "examples/access.log", format: "combined", target: "access", time: "ends_now" }],
  targets: (config) => targetsOf(config),
  open: async (config, context) => openReplay(config, context),
});
