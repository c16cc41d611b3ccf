import { expect, test } from "vitest";
import { z } from "zod";
import { lineSettings } from "./line_settings.ts";

test("lines are of 1 MiB at the most unless a setting says otherwise, and no setting asks for more than 16 MiB", () => {
  const settings = z.strictObject(lineSettings(z));
  expect(settings.parse({ format: "none", target: "t" }).line_bytes_max).toBe(1 << 20);
  expect(settings.safeParse({ format: "none", target: "t", line_bytes_max: "17MB" }).success).toBe(false);
  expect(settings.safeParse({ format: "none", target: "" }).success).toBe(false);
});
