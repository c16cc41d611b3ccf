import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { FIRST_LOOK_PATH, firstLookLog } from "../../scripts/first_look_log.ts";

test("the bundled log is what its script writes (`npm run examples` writes it anew)", () => {
  expect(readFileSync(FIRST_LOOK_PATH, "utf8") === firstLookLog()).toBe(true);
});

test("every address in the bundled log is set aside for documentation", () => {
  const hosts = new Set(
    firstLookLog()
      .trimEnd()
      .split("\n")
      .map((line) => line.slice(0, line.indexOf(" "))),
  );
  expect([...hosts].filter((host) => !/^(?:192\.0\.2|198\.51\.100|203\.0\.113)\.\d+$|^2001:db8:/.test(host))).toEqual([]);
  expect(hosts.size).toBeGreaterThan(100);
});
