import { spawn } from "node:child_process";
import { HotakaError, oneLine } from "../kit/index.ts";

/** How a program is run. */
export interface ProgramOptions {
  /** The program and its arguments, as they are: no shell reads them. */
  readonly argv: readonly string[];
  readonly stdin?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** After so long it is killed (milliseconds). */
  readonly timeoutMs: number;
  /** Told of its output as it comes, in UTF-8; what is returned then is empty. */
  readonly output?: (text: string) => void;
}

/**
 * Runs a program to its end, and resolves with what it wrote to stdout. Rejects with HOTAKA_ENFORCER_FAILED when it could not be started,
 * took too long, wrote more than `OUTPUT_BYTES_MAX`, or ended with another status than 0; the message has the beginning of what it wrote
 * to stderr.
 */
export async function runProgram({ argv, stdin, cwd, env, timeoutMs, output }: ProgramOptions): Promise<string> {
  const [program = "", ...args] = argv;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ["pipe", "pipe", "pipe"],
      env: { ...process.env, LC_ALL: "C", ...env },
      ...(cwd === undefined ? {} : { cwd }),
      timeout: timeoutMs,
      killSignal: "SIGKILL",
    });
    const [texts, faults]: [string[], string[]] = [[], []];
    let bytes = 0;
    let faultChars = 0;
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      if (output !== undefined) return output(text);
      bytes += text.length;
      if (bytes > OUTPUT_BYTES_MAX) child.kill("SIGKILL");
      else texts.push(text);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      if (faultChars < FAULT_CHARS_MAX) faults.push(text);
      faultChars += text.length;
    });
    // A program that does not read what it is given says so by its status.
    child.stdin.on("error", () => {});
    child.stdin.end(stdin ?? "");
    const fail = (reason: string): void => reject(failure(program, reason));
    child.once("error", (thrown) => fail(`could not be run: ${thrown.message}`));
    child.once("close", (status, signal) => {
      if (bytes > OUTPUT_BYTES_MAX) fail(`wrote more than ${OUTPUT_BYTES_MAX} bytes and was ended`);
      else if (status === 0) resolve(texts.join(""));
      else if (signal !== null) fail(`was ended by ${signal}${child.killed ? `, after ${timeoutMs / 1000} seconds` : ""}`);
      else fail(`ended with status ${status}: ${oneLine(faults.join("").trim(), FAULT_CHARS_MAX) || "it wrote nothing to stderr"}`);
    });
  });
}

function failure(program: string, reason: string): HotakaError {
  return new HotakaError("HOTAKA_ENFORCER_FAILED", `${program} ${reason}.`);
}

const OUTPUT_BYTES_MAX = 16 * 1024 * 1024;
const FAULT_CHARS_MAX = 400;
