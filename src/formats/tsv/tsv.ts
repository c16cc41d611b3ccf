import { defineFormat } from "../../component/index.ts";
import { separatedFormat, separatedSettings } from "../separated.ts";

export const tsv = defineFormat({
  name: "tsv",
  summary: "Tab-separated values, a record a line; quotes are a part of the value.",
  config: (z) => z.strictObject(separatedSettings(z)),
  examples: [{ columns: ["time", "host", "path", "size"], types: { size: "integer" } }],
  open: (config) => separatedFormat(config, { separator: 0x09, hasQuotes: false }),
});
