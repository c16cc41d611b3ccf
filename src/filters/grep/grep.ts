import { defineFilter, type FilterPlan, type Zod } from "../../component/index.ts";
import type { Expression } from "../../kit/index.ts";
import { expressionSetting } from "../expression_setting.ts";
import { valueText } from "../value_text.ts";

export const grep = defineFilter({
  name: "grep",
  summary: "Lets on the events whose fields match regular expressions.",
  config: (z) =>
    z
      .strictObject({
        include: expressions(z).describe(
          "Fields, each with an expression that it must match somewhere. An event that lacks one of the fields goes no further.",
        ),
        exclude: expressions(z).describe("Fields, each with an expression: an event in which one of them matches goes no further."),
        any: z.boolean().default(false).describe("With several fields in `include`: one that matches is enough."),
      })
      .refine(({ include, exclude }) => include.size + exclude.size > 0, "a field in include or in exclude was wanted."),
  examples: [
    { include: { level: "/error|fatal/i" }, exclude: { path: "^/health" } },
    { exclude: { "kubernetes.namespace_name": "^kube-system$" } },
  ],
  apply: ({ include, exclude, any }, plan) => {
    requireMatch(plan, include, any);
    for (const [name, expression] of exclude) plan.require([plan.field(name)], ([value]) => !isMatch(expression, value));
  },
});

function requireMatch(plan: FilterPlan, include: ReadonlyMap<string, Expression>, isAnyEnough: boolean): void {
  if (include.size === 0) return;
  const [fields, wanted] = [[...include.keys()].map((name) => plan.field(name)), [...include.values()]];
  plan.require(fields, (values) =>
    isAnyEnough
      ? wanted.some((expression, at) => isMatch(expression, values[at]))
      : wanted.every((expression, at) => isMatch(expression, values[at])),
  );
}

function isMatch(expression: Expression, value: Parameters<typeof valueText>[0]): boolean {
  const text = valueText(value);
  return text !== undefined && expression.test(text);
}

function expressions(z: Zod) {
  return z
    .record(z.string().min(1).max(256), expressionSetting(z))
    .refine((fields) => Object.keys(fields).length <= FIELDS_MAX, `at most ${FIELDS_MAX} fields were wanted.`)
    .default({})
    .transform((fields) => new Map(Object.entries(fields)));
}

const FIELDS_MAX = 100;
