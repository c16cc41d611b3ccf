import { expect, test } from "vitest";
import { snsMessage, snsSubject } from "./sns_text.ts";

test.each([
  ["block_host", "block_host"],
  [" 攻撃 203.0.113.7 ", "?? 203.0.113.7"],
  ["a\nb", "a?b"],
  ["x".repeat(200), "x".repeat(100)],
  ["   ", "Hotaka"],
])("a subject %j goes out as %j", (subject, expected) => {
  expect(snsSubject(subject)).toBe(expected);
});

test("a message that is too long for SNS is cut at a line, and says so", () => {
  expect(snsMessage("short\n")).toBe("short\n");
  const cut = snsMessage("ä line\n".repeat(60_000));
  expect(Buffer.byteLength(cut)).toBeLessThanOrEqual(262_144);
  expect(cut.slice(-45)).toMatch(/\nä line\nThe rest was too long for SNS\.\n$/);
});
