import { hostname } from "node:os";
import { defineFilter, type FilterPlan, type Origin, worded, type Zod } from "../../component/index.ts";
import { templateFault, templateOrigin } from "./event_template.ts";

export const record = defineFilter({
  name: "record",
  summary: "Changes what fields events have: renames, sets, removes or keeps some, in this order.",
  config: (z) =>
    z
      .strictObject({
        rename: z
          .record(fieldSetting(z), fieldSetting(z))
          .refine((names) => Object.keys(names).length <= FIELDS_MAX, TOO_MANY)
          .default({})
          .describe("Fields by their old name, each with its new one. What had the new name before is gone."),
        set: z
          .record(fieldSetting(z), z.union([textSetting(z), z.number(), z.boolean()]))
          .refine((values) => Object.keys(values).length <= FIELDS_MAX, TOO_MANY)
          .default({})
          .describe(
            "Fields that every event then has, each with a number, a truth value or a text: `${field}` in it is the value of that field, `${tag}` " +
              "the tag, `${tag_parts[0]}` its first part, `${hostname}` the name of this machine. A text that is one reference alone is a copy of the value.",
          ),
        remove: z.array(fieldSetting(z)).max(FIELDS_MAX).default([]).describe("Fields that events then do not have."),
        keep: z.array(fieldSetting(z)).min(1).max(FIELDS_MAX).optional().describe("The only fields that events then have."),
      })
      .refine(
        ({ rename, set, remove, keep }) => Object.keys(rename).length + Object.keys(set).length + remove.length > 0 || keep !== undefined,
        "something in rename, set, remove or keep was wanted.",
      ),
  examples: [
    { rename: { remote: "host" }, set: { site: "shop", line: "${method} ${path}" }, remove: ["password"] },
    { set: { service: "${tag_parts[1]}", node: "${hostname}" }, keep: ["service", "node", "level", "message"] },
  ],
  apply: ({ rename, set, remove, keep }, plan) => {
    for (const [from, to] of Object.entries(rename)) plan.rename(from, to);
    // All of them see the fields as they were before the first.
    const values = Object.entries(set).map(([name, value]) => [name, originOf(value, plan)] as const);
    for (const [name, origin] of values) plan.set(name, origin);
    for (const name of remove) plan.remove(name);
    if (keep !== undefined) plan.keep(keep);
  },
});

function originOf(value: string | number | boolean, plan: FilterPlan): Origin {
  if (typeof value === "string") return templateOrigin(value, plan, hostname());
  const type = typeof value === "boolean" ? "boolean" : Number.isInteger(value) ? "integer" : "float";
  return { kind: "made", type, of: [], make: () => value };
}

function fieldSetting(z: Zod) {
  return z.string().min(1).max(256);
}

function textSetting(z: Zod) {
  return worded(z, "a text such as ${method} ${path}", (text) => {
    const wrong = text.length > TEXT_CHARS_MAX ? `at most ${TEXT_CHARS_MAX} characters were wanted` : templateFault(text);
    return wrong === undefined ? { value: text } : { wrong };
  });
}

const FIELDS_MAX = 1000;
const TOO_MANY = `at most ${FIELDS_MAX} fields were wanted.`;
const TEXT_CHARS_MAX = 4096;
