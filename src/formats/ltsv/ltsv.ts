import { defineFormat } from "../../component/index.ts";
import { timeKeySetting, typesSetting } from "../field_names.ts";
import { keyedFormat } from "../keyed_format.ts";
import { timeSettings } from "../time_text.ts";
import { LtsvParser, putLtsv } from "./ltsv_parser.ts";

export const ltsv = defineFormat({
  name: "ltsv",
  summary: "Labeled Tab-separated Values: label:value, apart by tabs.",
  config: (z) =>
    z.strictObject({
      types: typesSetting(z).describe(
        "The fields that are taken, each with its type; text that does not fit is null. Without any the target learns all of them from its events, as text.",
      ),
      time_key: timeKeySetting(z),
      ...timeSettings(z),
    }),
  examples: [{ types: { host: "string", path: "string", status: "integer", size: "integer" }, time_key: "time" }],
  open: (config) => keyedFormat(config, (names) => new LtsvParser(names), putLtsv),
});
