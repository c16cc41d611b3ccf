import { expect, test } from "vitest";
import { runProgram } from "./program.ts";

const node = (script: string, ...args: string[]) => [process.execPath, "-e", script, ...args];

test("a program gets its arguments as they are, and what it writes is returned", async () => {
  const argv = node("process.stdin.on('data', (text) => console.log(process.argv[1], String(text)))", "$(id); `id` 'a b'");
  expect(await runProgram({ argv, stdin: "in", timeoutMs: 10_000 })).toBe("$(id); `id` 'a b' in\n");
});

test("output can be taken piece by piece", async () => {
  const pieces: string[] = [];
  const argv = node("process.stdout.write('a'.repeat(200000))");
  expect(await runProgram({ argv, timeoutMs: 10_000, output: (text) => void pieces.push(text) })).toBe("");
  expect(pieces.join("")).toHaveLength(200_000);
});

test("a program that fails is told of with what it said, on one line", async () => {
  const argv = node("console.error('bad\\nthing'); process.exit(3)");
  await expect(runProgram({ argv, timeoutMs: 10_000 })).rejects.toThrow(/ended with status 3: bad\uFFFDthing\.$/);
});

test("a program that takes too long, or writes without end, is ended", async () => {
  await expect(runProgram({ argv: node("setInterval(() => {}, 1000)"), timeoutMs: 100 })).rejects.toThrow(
    "was ended by SIGKILL, after 0.1 seconds.",
  );
  const endless = node("const more = () => process.stdout.write('x'.repeat(1 << 20), more); more()");
  await expect(runProgram({ argv: endless, timeoutMs: 10_000 })).rejects.toThrow("wrote more than 16777216 bytes and was ended.");
});
