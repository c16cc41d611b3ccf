import { defineSource, duration, size, worded, type Zod } from "../../component/index.ts";
import { formatSetting } from "../format_setting.ts";
import { checkDestination, destinationSettings, tagsOf, targetsOf } from "../line_settings.ts";
import { globOf } from "./glob.ts";
import { isUtf8, openTail } from "./tail_source.ts";
import { Transcoder } from "./transcoder.ts";

export const tail = defineSource({
  name: "tail",
  summary: "Follows logs as they are written, through every way of rotating them.",
  config: (z) =>
    z
      .strictObject({
        path: z
          .union([pathPattern(z), z.array(pathPattern(z)).min(1).max(1000)])
          .transform(listed)
          .describe(
            "The log, or a list of logs. A relative path starts at the folder of the settings file. A pattern (*, ?, [abc], {a,b}, **) stands for " +
              "all logs that fit it, now and later; what is compressed, or named as a rotated one of another log, is none.",
          ),
        exclude: z
          .union([pathPattern(z), z.array(pathPattern(z)).max(1000)])
          .default([])
          .transform(listed)
          .describe("Paths, or patterns of them, that are left out of what patterns find."),
        format: formatSetting(z),
        ...destinationSettings(z),
        tag: destinationSettings(z).tag.describe(
          "Tag of the events, in place of `target`: filters that fit it are passed, and the routes say which target it goes to. A * in it " +
            "stands for the path of the log with points for slashes, as with Fluentd.",
        ),
        from: z
          .enum(["end", "start"])
          .default("end")
          .describe("Where to begin with a log that has not been read before and is there at start; one that comes later is read whole."),
        line_bytes_max: size(z, { minBytes: 1024, maxBytes: 64 << 20 })
          .prefault("1MB")
          .describe("Longest line that is read; a longer one is skipped and counted."),
        poll_interval: duration(z, { minMs: 10, maxMs: 60_000 })
          .prefault("250ms")
          .describe("How often a log is looked at that is being written to."),
        poll_interval_max: duration(z, { minMs: 10, maxMs: 60_000 })
          .prefault("1s")
          .describe(
            "How often a log is looked at that has long been quiet, and so how late a line of it is read at most. A log that has been quiet " +
              "for 4 seconds is looked at after one more, and so on from poll_interval to this; below poll_interval it is without effect.",
          ),
        rescan_interval: duration(z, { minMs: 100, maxMs: 3_600_000 })
          .prefault("5s")
          .describe("How often logs that fit a pattern are looked for."),
        files_max: z
          .int()
          .min(1)
          .max(100_000)
          .default(10_000)
          .describe("Logs that are followed at a time; more are left alone and counted."),
        encoding: worded(z, "an encoding such as utf-8, shift_jis, euc-jp or latin1, in which a newline is one byte", (text) =>
          isUtf8(text) || Transcoder.of(text) !== undefined ? { value: text } : undefined,
        )
          .prefault("utf-8")
          .describe("The encoding of the logs."),
        fluentd_pos_file: z
          .string()
          .min(1)
          .optional()
          .describe("The pos_file of Fluentd's tail: a log that has not been read by Hotaka yet goes on where Fluentd was."),
        rotated_wait: duration(z, { maxMs: 3_600_000 })
          .prefault("5s")
          .describe("How long a rotated log must not have grown before it is let go."),
      })
      .superRefine(checkDestination),
  examples: [
    { path: "/var/log/nginx/access.log", format: "combined", target: "access" },
    { path: ["/var/log/nginx/access.log", "/var/log/nginx/api.log"], format: "combined", target: "access", from: "start" },
    { path: "/var/log/app/*.log", format: "json", tag: "app.*" },
    { path: "/var/log/nginx/*.access.log", exclude: "/var/log/nginx/health.*", format: "nginx", target: "access" },
  ],
  // The paths that a * in a tag stands for are not known before they are found.
  targets: (config) => (config.tag?.includes("*") === true ? undefined : targetsOf(config)),
  tags: (config) => (config.tag?.includes("*") === true ? {} : tagsOf(config)),
  open: async (config, context) => openTail(config, context),
});

function pathPattern(z: Zod) {
  return worded(z, "a path, or a pattern such as /var/log/nginx/*.log", (text) => {
    const glob = globOf(`/${text}`);
    if (text === "") return undefined;
    return typeof glob === "string" ? { wrong: glob } : { value: text };
  });
}

function listed(paths: string | readonly string[]): readonly string[] {
  return typeof paths === "string" ? [paths] : paths;
}
