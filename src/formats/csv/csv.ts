import { defineFormat } from "../../component/index.ts";
import { separatedFormat, separatedSettings } from "../separated.ts";

export const csv = defineFormat({
  name: "csv",
  summary: "Comma-separated values, a record a line, with quotes as RFC 4180 has them.",
  config: (z) =>
    z.strictObject({
      ...separatedSettings(z),
      separator: z
        .string()
        .regex(/^[\t -!#-~]$/, "one character of ASCII was wanted, and not a double quote.")
        .default(",")
        .describe("What stands between two values."),
    }),
  examples: [{ columns: ["time", "host", "path", "size"], types: { size: "integer" }, time_format: "%Y/%m/%d %H:%M:%S", time_zone: "UTC" }],
  open: (config) => separatedFormat(config, { separator: config.separator.charCodeAt(0), hasQuotes: true }),
});
