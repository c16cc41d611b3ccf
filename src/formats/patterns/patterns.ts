import { defineFormat, worded, type Zod } from "../../component/index.ts";
import { Expression } from "../../kit/index.ts";
import { expressionSetting } from "../expression_format.ts";
import { timeKeySetting, typesSetting } from "../field_names.ts";
import { timeSettings } from "../time_text.ts";
import { patternsFormat } from "./patterns_format.ts";

export const patterns = defineFormat({
  name: "patterns",
  summary: "Lines by the first of several regular expressions that fits, each with fields of its own, also inside of syslog.",
  config: (z) =>
    z.strictObject({
      envelope: z
        .enum(["none", "syslog", "cri"])
        .default("none")
        .describe(
          "What is around the message that the expressions are for. syslog: the message of a line of syslog; its time is that of the event, " +
            "and its host is the field `server`. cri: the message of a line of a container's log.",
        ),
      program: worded(z, "a regular expression such as sshd|sshd-session", (text) => {
        // As a whole: alternatives are tried in their order, and the first may be the beginning of another.
        const expression = Expression.of(`^(?:${text})$`);
        return typeof expression === "string" ? { wrong: expression } : { value: expression };
      })
        .optional()
        .describe("With envelope syslog: the name of the program, as a whole; lines of others are refused (as `program`)."),
      any_of: z.array(patternSetting(z)).min(1).max(PATTERNS_MAX).describe("The expressions, in the order in which they are tried."),
      types: typesSetting(z).describe("Types of the fields that are not text; what does not fit is null."),
      time_key: timeKeySetting(z),
      ...timeSettings(z),
      message_bytes_max: z
        .int()
        .min(64)
        .max(1 << 20)
        .default(16_384)
        .describe("Bytes of a message that expressions are tried on; a longer one is refused and counted (as `long`)."),
    }),
  examples: [
    {
      envelope: "syslog",
      program: "sshd|sshd-session",
      any_of: [
        { match: "^Failed \\S+ for (?:invalid user )?(?<user>.*) from (?<host>\\S+) port \\d+", set: { event: "failed" } },
        { match: "^Accepted \\S+ for (?<user>.*) from (?<host>\\S+) port \\d+", set: { event: "accepted" } },
      ],
    },
    {
      envelope: "cri",
      types: { code: "integer" },
      any_of: [{ match: "^\\{.*\\}$", fields: { code: '"response_code":(\\d+)', path: '"path":"([^"]*)"' } }],
    },
  ],
  open: (config) => patternsFormat(config),
});

function patternSetting(z: Zod) {
  return z.strictObject({
    match: expressionSetting(z, { groups: false }).describe("Fits anywhere in the message; its named groups are fields."),
    fields: z
      .record(z.string().min(1).max(255), expressionSetting(z, { groups: false }))
      .default({})
      .describe("Further fields, each with an expression of its own for the same message: its first group, or else the whole match."),
    set: z
      .record(z.string().min(1).max(255), z.union([z.string().max(1024), z.number(), z.boolean()]))
      .default({})
      .describe("Fields with the same value in every message that fits."),
  });
}

const PATTERNS_MAX = 100;
