import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hotaka-test-command-"));
  symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
});

afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

describe("`npm test` ends with a line that can be trusted", () => {
  test("when tests pass, and some are left out", () => {
    expect(ending(`test("a", () => {}); test("b", () => {}); test.skip("c", () => {});`)).toEqual([0, "2 passed, 0 failed, 1 skipped"]);
  });

  test("when a test fails", () => {
    expect(ending(`test("a", () => {}); test("b", () => { throw new Error("no"); });`)).toEqual([1, "1 passed, 1 failed"]);
  });

  test("when a file breaks before its first test", () => {
    expect(ending(`import "./missing.js"; test("a", () => {});`)).toEqual([1, "0 passed, 1 failed"]);
  });

  test("when something breaks that belongs to no test", () => {
    expect(ending(`test("a", () => { setTimeout(() => { throw new Error("late"); }, 0); });`)).toEqual([1, "1 passed, 1 failed"]);
  });

  test("when vitest is killed in the middle", () => {
    expect(ending(`test("a", () => { process.kill(process.ppid, "SIGKILL"); });`)).toEqual([1, "0 passed, 1 failed"]);
  });

  test("when nothing is found to run", () => {
    expect(ending(`test("a", () => {});`, "no/such/test")).toEqual([1, "0 passed, 1 failed"]);
  });

  test("when the build fails", () => {
    expect(ending(`test("a", () => {});`, "", "exit 2")).toEqual([1, "0 passed, 1 failed"]);
  });
});

/** Runs the tests in `body` by our test command, in a project of their own: the exit status and the last line. */
function ending(body: string, words = "", build = "exit 0"): [number | null, string | undefined] {
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", scripts: { build } }));
  writeFileSync(join(folder, "x.test.js"), `import { test } from "vitest";\n${body}\n`);
  const { status, stdout } = spawnSync(process.execPath, [resolve("scripts/test.mjs"), ...words.split(" ").filter(Boolean)], {
    cwd: folder,
    encoding: "utf8",
  });
  return [status, stdout.trimEnd().split("\n").at(-1)];
}
