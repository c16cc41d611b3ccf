import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { RotatedFiles } from "./rotated_files.ts";

test("only files that were rotated here are listed, compressed and removed", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hotaka-rotated-"));
  const strangers = ["rows.log", "rows.log-20261120", "rows.log-old", "other.log-20261120T100000Z"];
  for (const name of [...strangers, "rows.log-20261120T100000Z", "rows.log-20261119T100000Z.gz"]) writeFileSync(join(folder, name), name);
  const rotated = new RotatedFiles(join(folder, "rows.log"));
  expect(await rotated.list()).toEqual(["rows.log-20261119T100000Z.gz", "rows.log-20261120T100000Z"].map((name) => join(folder, name)));
  await rotated.compress();
  expect(await rotated.trim(1)).toBe(1);
  expect(readdirSync(folder)).toEqual(["rows.log-20261120T100000Z.gz", ...strangers].toSorted());
  rmSync(folder, { recursive: true });
});
