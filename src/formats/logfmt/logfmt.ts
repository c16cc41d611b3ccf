import { defineFormat } from "../../component/index.ts";
import { timeKeySetting, typesSetting } from "../field_names.ts";
import { keyedFormat } from "../keyed_format.ts";
import { timeSettings } from "../time_text.ts";
import { LogfmtParser, putLogfmt } from "./logfmt_parser.ts";

export const logfmt = defineFormat({
  name: "logfmt",
  summary: "Pairs key=value apart by blanks, as programs written in Go like to log.",
  config: (z) =>
    z.strictObject({
      types: typesSetting(z).describe(
        "The fields that are taken, each with its type; text that does not fit is null. Without any the target learns all of them from its events, as text.",
      ),
      time_key: timeKeySetting(z),
      ...timeSettings(z),
    }),
  examples: [{ types: { level: "string", msg: "string", status: "integer" }, time_key: "ts" }],
  open: (config) => keyedFormat(config, (names) => new LogfmtParser(names), putLogfmt),
});
