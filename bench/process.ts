import { type ChildProcess, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import type { Readable } from "node:stream";

export interface Run {
  readonly wallSeconds: number;
  /** User and system time of the process and of all it started. */
  readonly cpuSeconds: number;
  readonly stdout: string;
}

/** Runs a command to its end and measures it, start-up included. Throws when it fails. */
export async function runMeasured(command: string, args: readonly string[]): Promise<Run> {
  // The shell's `times` gives the processor time of its children; Node gives only its own.
  const startMs = performance.now();
  const child = spawn("sh", ["-c", `"$@" 2>/dev/null; status=$?; times >&2; exit $status`, "sh", command, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)];
  const status = await statusOf(child);
  const wallSeconds = (performance.now() - startMs) / 1000;
  if (status !== 0) throw new Error(`${command} ended with status ${status}: ${await stderr}`);
  return { wallSeconds, cpuSeconds: childSeconds(await stderr), stdout: await stdout };
}

/** What a command prints. Throws when it fails, with its last line of complaint, and when it is not done after `timeoutMs`. */
export async function outputOf(command: string, args: readonly string[], timeoutMs: number): Promise<string> {
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"], timeout: timeoutMs });
  const [stdout, stderr] = [textOf(child.stdout), textOf(child.stderr)];
  const status = await statusOf(child);
  if (status !== 0) throw new Error(`${command} ended with status ${status}: ${(await stderr).trim().split("\n").at(-1)}`);
  return stdout;
}

/** The most memory a command had in use at one time, in bytes; undefined where the system does not tell (it is Linux that does). */
export async function peakResidentBytes(command: string, args: readonly string[]): Promise<number | undefined> {
  const child = spawn(command, args, { stdio: "ignore" });
  let peak: number | undefined;
  // The kernel keeps the peak itself, so only what grows in the last few milliseconds could be missed.
  const timer = setInterval(() => (peak = peakOf(child) ?? peak), 5);
  await statusOf(child);
  clearInterval(timer);
  return peak;
}

/** True if `command` can be run here. */
export async function isInstalled(command: string): Promise<boolean> {
  const child = spawn("sh", ["-c", `command -v ${command}`], { stdio: "ignore" });
  return (await statusOf(child)) === 0;
}

/** The exit status of a child when it has ended and its output is read; null when a signal ended it. */
function statusOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
}

async function textOf(stream: Readable): Promise<string> {
  let text = "";
  stream.setEncoding("utf8");
  for await (const part of stream) text += String(part);
  return text;
}

/** `0m1.234000s 0m0.056000s` in the second line: user and system time of the children. */
function childSeconds(times: string): number {
  const [line] = times.trim().split("\n").slice(-1);
  let seconds = 0;
  for (const [, minutes, rest] of (line ?? "").matchAll(/(\d+)m([\d.]+)s/g)) seconds += Number(minutes) * 60 + Number(rest);
  return seconds;
}

function peakOf(child: ChildProcess): number | undefined {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${child.pid}/status`, "utf8")) ?? [];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}
