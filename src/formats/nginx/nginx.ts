import { defineFormat, worded } from "../../component/index.ts";
import { templateFormat } from "../log_template.ts";
import { COMBINED_LOG_FORMAT, templateOf } from "./log_format.ts";

export const nginx = defineFormat({
  name: "nginx",
  summary: "The lines of any log_format of nginx, read by that very text.",
  config: (z) =>
    z.strictObject({
      log_format: worded(z, "the text of a log_format of nginx, or the whole directive", (text) => {
        const template = templateOf(text);
        return typeof template === "string" ? { wrong: template } : { value: template };
      })
        .prefault(COMBINED_LOG_FORMAT)
        .describe(
          "The log format as it stands in the configuration of nginx. Its variables are fields of their names, those of the combined format " +
            "under the names that `combined` has: host, user, time, method, path, code, size, referer, agent; `$host` is vhost.",
        ),
    }),
  examples: [{}, { log_format: '$remote_addr [$time_iso8601] $host "$request" $status $request_time "$http_x_forwarded_for"' }],
  open: ({ log_format: template }) => templateFormat(template),
});
