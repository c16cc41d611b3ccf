import { defineFormat } from "../../component/index.ts";
import { expressionFormat, expressionSetting, expressionSettings } from "../expression_format.ts";

export const regexp = defineFormat({
  name: "regexp",
  summary: "Lines by a regular expression whose named groups are the fields, in time proportional to their length.",
  config: (z) =>
    z.strictObject({
      expression: expressionSetting(z, { groups: true }).describe(
        "The expression, bare or between slashes with Ruby's options behind, in the syntax that Ruby and RE2 share: no lookaround, no " +
          "references to groups, nothing atomic or possessive. It may match anywhere in the line.",
      ),
      ...expressionSettings(z),
    }),
  examples: [
    {
      expression: '/^(?<host>[^ ]*) [^ ]* (?<user>[^ ]*) \\[(?<time>[^\\]]*)\\] "(?<request>[^"]*)" (?<code>\\d+)/',
      types: { code: "integer" },
      time_format: "%d/%b/%Y:%H:%M:%S %z",
    },
  ],
  open: (config) => expressionFormat(config),
});
