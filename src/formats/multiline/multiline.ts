import { defineFormat, duration } from "../../component/index.ts";
import { expressionFormat, expressionSetting, expressionSettings } from "../expression_format.ts";
import { RecordLines } from "./record_lines.ts";

export const multiline = defineFormat({
  name: "multiline",
  summary: "Records of several lines, such as stack traces, told apart by how the first line of each looks.",
  config: (z) =>
    z.strictObject({
      first_line: expressionSetting(z, { groups: false }).describe("What the first line of a record looks like."),
      expression: expressionSetting(z, { groups: true })
        .prefault("/(?<message>.*)/m")
        .describe(
          "The expression whose named groups are the fields, tried on the whole record; with the option m a point matches a newline too.",
        ),
      lines_max: z.int().min(1).max(10_000).default(1000).describe("Lines of a record; one that has more ends there, and another begins."),
      flush_after: duration(z, { minMs: 100, maxMs: 3_600_000 })
        .prefault("5s")
        .describe("After so long without another line the last record of a log is taken as it is."),
      ...expressionSettings(z),
    }),
  examples: [
    {
      first_line: "/^\\d{4}-\\d\\d-\\d\\d /",
      expression: "/^(?<time>\\S+ \\S+) (?<level>\\w+) (?<message>.*)/m",
      time_format: "%Y-%m-%d %H:%M:%S",
    },
  ],
  open: (config) => {
    const lines = new RecordLines(config.first_line, config.lines_max, config.expression_bytes_max);
    return {
      ...expressionFormat(config, (bytes, start, end) => lines.recordEnd(bytes, start, end)),
      records: lines,
      flushAfterMs: config.flush_after,
    };
  },
});
