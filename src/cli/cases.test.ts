import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { wallClock } from "../kit/index.ts";
import { COMMANDS } from "./commands.ts";
import { runProgram } from "./program.ts";
import type { Screen } from "./terminal.ts";

describe("hotaka cases", () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), "hotaka-cases-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const right = {
    id: "one-1",
    group: "one",
    targets: { t: { a: "integer" } },
    query: "select a from t",
    events: [{ t: 5, target: "t", record: { a: 1 } }],
  };

  test("prints a table by group and then how many passed and failed, and ends with 1 as soon as one failed", async () => {
    const wrong = { ...right, id: "two-1", group: "two", output: [{ t: 5, rows: [{ a: 2 }] }] };
    const file = jsonl({ ...right, output: [{ t: 5, rows: [{ a: 1 }] }] }, wrong);
    expect(await run(file)).toEqual({
      status: 1,
      out: "group  passed  failed\none         1       0\ntwo         0       1\n1 passed, 1 failed\n",
    });
    expect(await run(file, "--group", "one")).toEqual({
      status: 0,
      out: "group  passed  failed\none         1       0\n1 passed, 0 failed\n",
    });
    expect((await run(file, "--id", "two-1")).out).toContain('at 5 ms, rows: expected 1, found 1\n    - {"a":2}\n    + {"a":1}\n');
  });

  test("reads integers beyond 2^53 exactly", async () => {
    const line =
      '{"id":"x","group":"x","targets":{"t":{"a":"integer"}},"query":"select a + 1 as b from t","events":[{"t":1,"target":"t","record":{"a":9007199254740993}}],"output":[{"t":1,"rows":[{"b":9007199254740994}]}]}';
    const file = join(folder, "wide.jsonl");
    writeFileSync(file, line);
    expect((await run(file)).status).toBe(0);
    writeFileSync(file, line.replace("740994", "740995"));
    expect((await run(file)).status).toBe(1);
  });

  test("says which line of which file is not a case, and that a file is not there", async () => {
    const file = join(folder, "bad.jsonl");
    writeFileSync(file, `${JSON.stringify(right)}\n{"id":`);
    expect((await run(file)).out).toContain("bad.jsonl:2: this line is not a case");
    expect((await run(join(folder, "nothing.jsonl"))).out).toContain("could not be read");
  });

  test("writes what stories put out below their dashes", async () => {
    const file = join(folder, "t.case");
    writeFileSync(file, '# A row.\nquery  SELECT a FROM t\n1s     t {"a": 1}\n');
    expect((await run(file, "--complete")).status).toBe(0);
    expect(readFileSync(file, "utf8")).toBe('# A row.\nquery  SELECT a FROM t\n1s     t {"a": 1}\n----\n1s     {"a":1}\n');
  });

  function jsonl(...cases: readonly object[]): string {
    const file = join(folder, "cases.jsonl");
    writeFileSync(file, cases.map((given) => JSON.stringify(given)).join("\n"));
    return file;
  }

  async function run(...args: string[]): Promise<{ status: number; out: string }> {
    let out = "";
    const screen: Screen = { isTerminal: false, columns: 80, write: (text) => void (out += text), style: (_style, text) => text };
    const status = await runProgram(["cases", ...args], COMMANDS, {
      terminal: { out: screen, err: screen },
      clock: wallClock,
      env: {},
      exitStatus: 0,
    });
    return { status, out };
  }
});
