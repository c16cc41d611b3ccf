import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { readPosFile } from "./pos_file.ts";

const folder = mkdtempSync(join(tmpdir(), "hotaka-pos-"));
afterAll(() => rmSync(folder, { recursive: true }));

test("positions are read by path, and what is no line of it is passed over", () => {
  const path = join(folder, "pos");
  const lines = [
    "/var/log/a b.log\t00000000000000ff\t0000000000000010",
    "/var/log/gone.log\tffffffffffffffff\t0000000000000011",
    "/var/log/half.log\t00000000",
    "/var/log/odd.log\tfffff/var/log/x\t1",
    "/var/log/__proto__\t1\tA",
    "",
  ];
  writeFileSync(path, lines.join("\n"));
  expect([...readPosFile(path)]).toEqual([
    ["/var/log/a b.log", { offset: 255, inode: 16 }],
    ["/var/log/__proto__", { offset: 1, inode: 10 }],
  ]);
});

test("a file that is not there has none", () => {
  expect(readPosFile(join(folder, "none")).size).toBe(0);
});
