import { expect, test } from "vitest";
import { tableText } from "./table.ts";

test("columns are as wide as their widest cell, and numbers stand to the right", () => {
  const text = tableText(
    ["ADDRESS", "REQUESTS", "QUERY"],
    [
      ["203.0.113.7", "320", "block.flood"],
      ["2001:db8:bad::/64", "1,280", ""],
    ],
  );
  expect(text).toBe(
    ["ADDRESS            REQUESTS  QUERY", "203.0.113.7             320  block.flood", "2001:db8:bad::/64     1,280", ""].join("\n"),
  );
});

test("without rows the headings stand alone", () => {
  expect(tableText(["A", "B"], [])).toBe("A  B\n");
});

test("a column of addresses stands to the left, though they are made of digits and dots", () => {
  expect(tableText(["ADDRESS"], [["10.0.0.1"], ["203.0.113.77"]])).toBe("ADDRESS\n10.0.0.1\n203.0.113.77\n");
});
