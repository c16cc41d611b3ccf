import { expect, test } from "vitest";
import { scanLines } from "../../test/suites/scan_lines.ts";
import { faultOf, templateFormat, type TemplateVariable } from "./log_template.ts";

function text(field: string, kind: TemplateVariable["kind"] = "plain"): TemplateVariable {
  return { field, type: "string", kind };
}

test("values stand between the texts of the template, and a free one takes what the others leave", () => {
  const template = {
    literals: ["<", " ", " [", '] "', '"'],
    variables: [text("a"), text("b", "free"), text("c"), text("d")],
    hasJsonEscapes: false,
  };
  expect(faultOf(template)).toBeUndefined();
  const { rows, refused } = scanLines(
    templateFormat(template),
    '<1 2 [3] "4"\n<1 x [y] z [3] "\\""\n<1 - [-] ""\nx\n<1 2 [3]\n<1 2 [3] "4" \n',
  );
  expect(rows).toEqual([
    { at: 0, a: "1", b: "2", c: "3", d: "4" },
    { at: 0, a: "1", b: "x [y] z", c: "3", d: '\\"' },
    { at: 0, a: "1", b: null, c: null, d: null },
  ]);
  expect(refused.map(({ reason }) => reason)).toEqual(["beginning", "b", "trailing"]);
});

test("a template without variables, with too many, or with two that touch is none", () => {
  expect(faultOf({ literals: ["x"], variables: [], hasJsonEscapes: false })).toContain("at least one");
  expect(faultOf({ literals: ["", "", ""], variables: [text("a"), text("b")], hasJsonEscapes: false })).toContain("between each two");
  const many = Array.from({ length: 101 }, (_, at) => text(`v${at}`));
  expect(faultOf({ literals: ["", ...many.map(() => " ")], variables: many, hasJsonEscapes: false })).toContain("at most 100");
});
