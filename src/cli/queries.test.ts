import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { recordedTerminal } from "../../test/cli/recorded_terminal.ts";
import { VirtualClock } from "../kit/index.ts";
import { loadPack, packNames } from "../settings/index.ts";
import { COMMANDS } from "./commands.ts";
import { runProgram } from "./program.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hotaka-queries-"));
});

afterEach(() => rmSync(folder, { recursive: true }));

async function hotaka(...words: string[]): Promise<{ status: number; out: string; err: string }> {
  const terminal = recordedTerminal();
  // Lines of syslog have no year: it is the latest that is not in the future.
  const clock = new VirtualClock(Date.parse("2026-11-21T12:00:00Z"));
  const status = await runProgram(["queries", ...words], COMMANDS, { terminal, clock, env: {}, exitStatus: 0 });
  return { status, out: terminal.out.text, err: terminal.err.text };
}

/** Writes a case of CrowdSec's kind. */
function writeCase(name: string, alerts: readonly string[], more: object = {}): void {
  mkdirSync(join(folder, name));
  const lines = Array.from({ length: 6 }, (_, n) => `Mar  2 04:00:0${n} gate sshd[1]: Invalid user u${n} from 203.0.113.7 port 4000`);
  writeFileSync(join(folder, name, "ssh.log"), lines.join("\n"));
  const expected = {
    log_file: "ssh.log",
    log_type: "syslog",
    scenario: ["crowdsecurity/ssh-bf"],
    expected_alerts: alerts.map((value) => ({ scenario: "crowdsecurity/ssh-bf", sources: [{ value }] })),
    ...more,
  };
  writeFileSync(join(folder, name, "expected.json"), JSON.stringify(expected));
}

test.each(packNames())("the queries of %s find in its logs what they are to find, and nothing else", async (name) => {
  const { status, out } = await hotaka("test", name);
  expect(out).toMatch(/\n\d+ passed, 0 failed\n$/);
  expect(status).toBe(0);
});

test("every query of every pack finds something in a log of its tests", async () => {
  const { out } = await hotaka("test", "--json");
  const { runs } = JSON.parse(out) as { runs: { expected: string[] }[] };
  const found = new Set(runs.flatMap(({ expected }) => expected.map((one) => one.split(" ")[0])));
  const packs = await Promise.all(packNames().map(loadPack));
  const silent = packs.flatMap(({ queries }) => queries.map((query) => query.name)).filter((name) => !found.has(name));
  expect(silent).toEqual([]);
});

test("packs are listed with the logs that they read and what their queries mean", async () => {
  const { out } = await hotaka("list", "ssh");
  expect(out).toMatch(/^ssh: Guessing of passwords over SSH/);
  expect(out).toContain("  log syslog: What sshd writes through syslog. (/var/log/auth.log, /var/log/secure)\n");
  expect(out).toContain("  block.ssh_bf: Six failed logins, faster than one in ten seconds.\n");
  expect(JSON.parse((await hotaka("list", "--json")).out)).toMatchObject({ packs: packNames().map((name) => ({ name })) });
});

test("a pack that there is not is told, with the nearest", async () => {
  expect(await hotaka("test", "shh")).toMatchObject({
    status: 1,
    err: expect.stringMatching(/^HOTAKA_PACK_UNKNOWN {2}There is no pack "shh"\. Packs: .*ssh.* Did you mean "ssh"\?/),
  });
});

describe("cases of others", () => {
  test("are compared by query and address, and differences are named", async () => {
    writeCase("right", ["203.0.113.7"]);
    writeCase("wrong", ["198.51.100.8"]);
    const { status, out } = await hotaka("test", "--cases", folder);
    expect(status).toBe(1);
    expect(out).toContain("ssh, wrong: block.ssh_bf 198.51.100.8 was expected and not found.\n");
    expect(out).toContain("ssh, wrong: block.ssh_bf 203.0.113.7 was found and not expected.\n");
    expect(out).toContain("1 passed, 1 failed\n");
  });

  test.each([
    [{ log_type: "pigeon" }, "ssh reads no log of type pigeon"],
    [{ scenario: ["nobody/knows"] }, "no pack has a query after nobody/knows"],
    [{ scenario: 5 }, "scenario"],
  ])("with %j cannot be run", async (more, sentence) => {
    writeCase("broken", [], more);
    const { status, err } = await hotaka("test", "--cases", folder);
    expect(status).toBe(1);
    expect(err).toContain("HOTAKA_CASES_FILE");
    expect(err).toContain(sentence);
  });

  const corpus = "../shared/corpus/detect";
  test.skipIf(!existsSync(corpus))(`of ${corpus} all pass (skipped where it is not)`, { timeout: 60_000 }, async () => {
    const { status, out } = await hotaka("test", "--cases", corpus);
    expect(out).toMatch(/\n27 passed, 0 failed\n$/);
    expect(status).toBe(0);
  });
});
