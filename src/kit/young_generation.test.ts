import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { GROWING, HELD_BACK } from "./young_generation.ts";

test("room for young objects stays small while it is held back, and grows with what survives afterwards", () => {
  const program = `
    const v8 = require("node:v8");
    const kept = [];
    const young = (flag) => {
      v8.setFlagsFromString(flag);
      for (let n = 0; n < 300_000; n++) kept.push({ n });
      return v8.getHeapSpaceStatistics().find((space) => space.space_name === "new_space").space_size;
    };
    console.log(JSON.stringify([young("${HELD_BACK}"), young("${GROWING}")]));
  `;
  const [held, grown] = JSON.parse(execFileSync(process.execPath, ["-e", program], { encoding: "utf8" })) as [number, number];
  expect(held).toBeLessThanOrEqual(2 << 20);
  expect(grown).toBeGreaterThanOrEqual(held * 2);
});

test("the binary holds it back for a daemon", () => {
  expect(readFileSync("bin/hotaka", "utf8")).toContain(`setFlagsFromString("${HELD_BACK}")`);
});
