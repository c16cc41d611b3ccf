import { expect, test } from "vitest";
import { emptyPlan } from "../../../test/suites/filter_suite.ts";
import { templateFault, templateOrigin } from "./event_template.ts";

test("one reference alone is a copy of the field, with other text it is a string", () => {
  const plan = emptyPlan();
  expect(templateOrigin("${code}", plan, "h")).toEqual({ kind: "field", name: "code" });
  expect(templateOrigin("${code}!", plan, "h")).toMatchObject({ kind: "made", type: "string" });
  expect(plan.usesTag).toBe(false);
  templateOrigin("${tag}!", plan, "h");
  expect(plan.usesTag).toBe(true);
});

test("what is not closed, or empty, is a fault", () => {
  expect(["${a}", "$${", "${", "${}"].map((text) => templateFault(text) === undefined)).toEqual([true, true, false, false]);
});
