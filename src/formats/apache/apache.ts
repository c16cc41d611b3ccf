import { defineFormat, worded } from "../../component/index.ts";
import { templateFormat } from "../log_template.ts";
import { APACHE_FORMATS, templateOf } from "./log_format.ts";

export const apache = defineFormat({
  name: "apache",
  summary: "The lines of any LogFormat of Apache, read by that very text.",
  config: (z) =>
    z.strictObject({
      log_format: worded(z, `the text of a LogFormat of Apache, or one of ${[...APACHE_FORMATS.keys()].join(", ")}`, (text) => {
        const template = templateOf(text);
        return typeof template === "string" ? { wrong: template } : { value: template };
      })
        .prefault("vhost_combined")
        .describe(
          "The log format as it stands in the configuration of Apache. Fields have the names that `combined` gives them; a header X-Name is " +
            "http_x_name, %v is vhost, %D is duration_us.",
        ),
    }),
  examples: [{ log_format: '%h %l %u %t "%r" %>s %b "%{Referer}i" "%{User-Agent}i" %D' }, {}],
  open: ({ log_format: template }) => templateFormat(template),
});
