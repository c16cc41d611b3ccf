import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { AppendedFile } from "./appended_file.ts";

test("a file is opened anew where another one stands in its place, or somebody else wrote to it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "hotaka-appended-"));
  const path = join(folder, "a", "b");
  const file = new AppendedFile(path);
  expect([await file.open(), await file.open(), file.size, file.writtenMs]).toEqual([true, false, 0, 0]);
  await file.append("one\n", true, 5);
  expect([await file.open(), file.size, file.writtenMs]).toEqual([false, 4, 5]);
  writeFileSync(path, "theirs\n");
  expect([await file.open(), file.size]).toEqual([true, 7]);
  await file.append("two\n", false, 6);
  expect(readFileSync(path, "utf8")).toBe("theirs\ntwo\n");
  expect((await file.tail(6)).toString()).toBe("s\ntwo\n");
  await file.close();
  rmSync(folder, { recursive: true });
});
