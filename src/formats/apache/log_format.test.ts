import { expect, test } from "vitest";
import { templateOf } from "./log_format.ts";

test("a format is taken apart at its directives", () => {
  expect(templateOf("%h %!200,304>s%%%{X-Real-IP}i")).toEqual({
    literals: ["", " ", "%", ""],
    variables: [
      { field: "host", type: "string", kind: "plain" },
      { field: "code", type: "integer", kind: "plain" },
      { field: "http_x_real_ip", type: "string", kind: "plain" },
    ],
    hasJsonEscapes: false,
  });
});

test.each([
  ["%h%u", "between each two variables"],
  ["%Z", "%Z is not a directive"],
  ["%{%Y}t", "is not a directive"],
  ["100 %", "a letter behind each %"],
])("%j is refused: %s", (log_format, wrong) => {
  expect(templateOf(log_format)).toContain(wrong);
});
