import { expect, test } from "vitest";
import { z } from "zod";
import { formatNamed, formatSetting } from "./format_setting.ts";

test("a setting names a format, and no other word is taken", () => {
  expect(formatNamed(formatSetting(z).parse("combined")).fields).toMatchObject({ host: "string", time: "integer" });
  expect(formatSetting(z).safeParse("combine").success).toBe(false);
});
