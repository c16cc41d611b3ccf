import { defineFormat } from "../../component/index.ts";
import { timeKeySetting, typesSetting } from "../field_names.ts";
import { JsonEvents } from "../json_events.ts";
import type { SinksByKey } from "../keyed_events.ts";
import { keyedFormat } from "../keyed_format.ts";
import { timeSettings } from "../time_text.ts";
import { JsonParser } from "./json_parser.ts";

export const json = defineFormat({
  name: "json",
  summary: "A JSON object a line (NDJSON).",
  config: (z) =>
    z.strictObject({
      types: typesSetting(z).describe(
        "The fields that are taken, each with its type; a value that does not fit is null. Without any the target learns all of them from its events, each with the type of its first value. A nested one is named by its path: `req.path`, `tags.$0`.",
      ),
      time_key: timeKeySetting(z),
      ...timeSettings(z),
    }),
  examples: [{ types: { host: "string", status: "integer", "request.path": "string" }, time_key: "time", time_format: "iso8601" }],
  open: (config) => keyedFormat(config, (names, types) => new JsonParser(names, types), putObject),
});

const reader = new JsonEvents();

function putObject(bytes: Buffer, start: number, end: number, sinks: SinksByKey): void {
  reader.putObject(bytes, start, end, sinks);
}
