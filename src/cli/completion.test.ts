import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { recordedTerminal } from "../../test/cli/recorded_terminal.ts";
import { VirtualClock } from "../kit/index.ts";
import { COMMANDS } from "./commands.ts";
import { runProgram } from "./program.ts";

async function script(shell: string): Promise<string> {
  const terminal = recordedTerminal();
  const around = { terminal, clock: new VirtualClock(), env: {}, exitStatus: 0 };
  expect(await runProgram(["completion", shell], COMMANDS, around)).toBe(0);
  return terminal.out.text;
}

function isThere(shell: string): boolean {
  return spawnSync(shell, ["-c", "true"]).status === 0;
}

function given(shell: string, words: readonly string[], input: string): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(shell, words, { input, encoding: "utf8" });
}

const BASH = isThere("bash");
const ZSH = isThere("zsh");
const FISH = isThere("fish");

/** What bash offers after the words of `line`, the last of which is being written. */
async function offeredByBash(line: string): Promise<string[]> {
  const words = line.split(" ").map((word) => `'${word}'`);
  const asked = `COMP_WORDS=(${words.join(" ")}); COMP_CWORD=${words.length - 1}; _hotaka; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout, stderr } = spawnSync("bash", ["--norc", "-c", `${await script("bash")}\n${asked}`], { encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout.trim().split("\n");
}

test.skipIf(!BASH).each([
  ["hotaka qu", ["query", "queries"]],
  ["hotaka query s", ["sync", "suspend"]],
  ["hotaka query --co sus", ["suspend"]],
  ["hotaka event send access --ba", ["--batch-size", "--batch_size"]],
  ["hotaka start --daem", ["--daemonize"]],
  ["hotaka completion f", ["fish"]],
  ["hotaka help to", ["token", "top"]],
])("bash completes %j", async (line, words) => {
  expect((await offeredByBash(line)).toSorted()).toEqual(words.toSorted());
});

test.skipIf(!ZSH)("the script of zsh is one that zsh can read", async () => {
  expect(given("zsh", ["-n"], await script("zsh"))).toMatchObject({ status: 0, stderr: "" });
});

/** In place of what only a zsh at a terminal has. */
const ZSH_STUBS = "compdef() { }; _files() { }; _describe() { print -l -- ${(P)2} }";

test.skipIf(!ZSH).each([
  [
    "hotaka query s",
    ["suspend:Stops a query and keeps its text.", "--compat:exit with status 0 also when the server refuses, as norikra-client does"],
  ],
  ["hotaka event send access --ba", ["--batch-size:events in one call"]],
  ["hotaka st", ["start:Runs the daemon with the options of norikra start"]],
])("zsh offers, with what each does, what may follow %j", async (line, offered) => {
  const asked = `words=(${line}); CURRENT=${line.split(" ").length}; _hotaka`;
  const { stdout, stderr } = given("zsh", ["-f"], `${ZSH_STUBS}\n${await script("zsh")}\n${asked}\n`);
  expect(stderr).toBe("");
  expect(stdout.split("\n")).toEqual(expect.arrayContaining(offered));
});

test.skipIf(!FISH)("fish completes verbs", async () => {
  const asked = `${await script("fish")}\ncomplete -C 'hotaka query s'`;
  expect(given("fish", ["--no-config", "-c", asked], "").stdout).toContain("suspend");
});

test("the scripts of all shells know every command, every verb and the options of each", async () => {
  for (const shell of ["bash", "zsh", "fish"]) {
    const text = await script(shell);
    for (const { name } of COMMANDS) expect(text).toContain(name);
    for (const word of ["suspend", "simple", "batch-size", "stats-secondary"]) expect(text).toContain(word);
    // What is refused is not offered.
    expect(text).not.toContain("--shutoff");
  }
});
