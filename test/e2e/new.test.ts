import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

const copy = mkdtempSync(join(tmpdir(), "hotaka-new-"));

beforeAll(() => {
  const left = new Set([".git", ".tools", "coverage", "data", "dist", "node_modules"]);
  cpSync(".", copy, { recursive: true, filter: (path) => !left.has(basename(path)) });
  symlinkSync(resolve("node_modules"), join(copy, "node_modules"));
});

afterAll(() => {
  rmSync(copy, { recursive: true, force: true });
});

const MADE = [
  ["source", "src/sources/night_shift/night_shift.test.ts"],
  ["action", "src/actions/night_shift/night_shift.test.ts"],
  ["enforcer", "src/enforcers/night_shift/night_shift.test.ts"],
  ["format", "src/formats/night_shift/night_shift.test.ts"],
  ["function", "src/sql/functions/night_shift.test.ts"],
] as const;

describe("what `npm run new` makes", () => {
  test("is laid out and typed, keeps the house rules, and has a test that is red and says what to do next", () => {
    for (const [kind] of MADE) expect(run("node", "scripts/new.mjs", kind, "night_shift")).toMatchObject({ status: 0 });
    expect(run("tsc", "-p", "tsconfig.json").output).toBe("");
    expect(run("oxfmt", "--check", "src").status).toBe(0);

    const { status, output } = run("vitest", "run", "test/house", ...MADE.map(([, path]) => path));
    expect(status).toBe(1);
    expect(output).toMatch(new RegExp(String.raw`Tests .*\b${MADE.length} failed`));
    for (const [, path] of MADE) expect(output).toMatch(new RegExp(`Next: write .* ${path.replace(".test.ts", ".ts")}`));
  }, 120_000);

  test("is refused when it is there already, and leaves it as it is", () => {
    expect(run("node", "scripts/new.mjs", "format", "combined")).toMatchObject({
      status: 1,
      output: "npm run new: src/formats/combined/combined.ts is there already.\n",
    });
  });

  test.each([
    [["widget", "x"], '"widget" is not a kind'],
    [["format", "NightShift"], '"NightShift" is not a name'],
    [["format", "../escape"], '"../escape" is not a name'],
    [["format", "two", "words"], '"words" is too much'],
    [[], '"" is not a kind'],
  ])("is refused with a sentence for %j", (words, sentence) => {
    const { status, output } = run("node", "scripts/new.mjs", ...words);
    expect([status, output]).toEqual([1, expect.stringContaining(sentence)]);
  });
});

function run(command: string, ...words: string[]): { status: number | null; output: string } {
  const env = { ...process.env, NO_COLOR: "1", PATH: `${resolve("node_modules/.bin")}:${process.env["PATH"]}` };
  const { status, stdout, stderr } = spawnSync(command, words, { cwd: copy, encoding: "utf8", env });
  return { status, output: `${stdout}${stderr}` };
}
