import { size, type Zod } from "../component/index.ts";
import { formatSetting } from "./format_setting.ts";

/** Settings of every source of lines. */
export function lineSettings(z: Zod) {
  return {
    format: formatSetting(z),
    target: z.string().min(1).describe("Target that receives the events."),
    line_bytes_max: size(z, { minBytes: 1024, maxBytes: 16 << 20 })
      .prefault("1MB")
      .describe("Longest line that is read; a longer one is skipped and counted."),
  };
}
