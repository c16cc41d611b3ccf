import { defineSource, duration, size } from "../../component/index.ts";
import { openFormat, formatSetting } from "../format_setting.ts";
import { openTail } from "./tail_source.ts";

export const tail = defineSource({
  name: "tail",
  summary: "Follows logs as they are written, through every way of rotating them.",
  config: (z) =>
    z.strictObject({
      path: z
        .union([z.string().min(1), z.array(z.string().min(1)).min(1).max(1000)])
        .transform((path) => (typeof path === "string" ? [path] : path))
        .describe("The log, or a list of logs. A relative path starts at the folder of the settings file."),
      format: formatSetting(z),
      target: z.string().min(1).describe("Target that receives the events."),
      from: z
        .enum(["end", "start"])
        .default("end")
        .describe("Where to begin with a log that has not been read before and is there at start; one that comes later is read whole."),
      line_bytes_max: size(z, { minBytes: 1024, maxBytes: 64 << 20 })
        .prefault("1MB")
        .describe("Longest line that is read; a longer one is skipped and counted."),
      poll_interval: duration(z, { minMs: 10, maxMs: 60_000 })
        .prefault("250ms")
        .describe("How often the logs are looked at. After 30 seconds without a new line it is a quarter as often."),
      rotated_wait: duration(z, { maxMs: 3_600_000 })
        .prefault("5s")
        .describe("How long a rotated log must not have grown before it is let go."),
    }),
  examples: [
    { path: "/var/log/nginx/access.log", format: "combined", target: "access" },
    { path: ["/var/log/nginx/access.log", "/var/log/nginx/api.log"], format: "combined", target: "access", from: "start" },
  ],
  targets: ({ target, format }) => ({ [target]: openFormat(format).fields }),
  open: async (config, context) => openTail(config, context),
});
