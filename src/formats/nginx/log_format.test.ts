import { expect, test } from "vitest";
import { templateOf } from "./log_format.ts";

test("a format is taken apart at its variables, which have the names of the combined format", () => {
  expect(templateOf("<$remote_addr> ${http_x_name}|$upstream_addr")).toEqual({
    literals: ["<", "> ", "|", ""],
    variables: [
      { field: "host", type: "string", kind: "plain" },
      { field: "http_x_name", type: "string", kind: "plain" },
      { field: "upstream_addr", type: "string", kind: "list" },
    ],
    hasJsonEscapes: false,
  });
});

test.each([
  ["$remote_addr$status", "between each two variables"],
  ["nothing", "at least one variable"],
  ["$status $status", "code is given twice"],
  ["$request $request_method", "method is given twice"],
  ["log_format x $a;", "quoted texts"],
])("%j is refused: %s", (log_format, wrong) => {
  expect(templateOf(log_format)).toContain(wrong);
});
