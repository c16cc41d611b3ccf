import { expect, test } from "vitest";
import { z } from "zod";
import { expressionSetting } from "./expression_setting.ts";

test("an expression is read once, and one that linear time does not allow is refused with the reason", () => {
  const setting = expressionSetting(z);
  expect(setting.parse("/err/i").test("an ERROR")).toBe(true);
  expect(setting.safeParse("(a)\\1").error?.issues[0]?.message).toContain("the reference to a group");
});
