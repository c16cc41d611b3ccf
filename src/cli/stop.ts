import { readFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { errnoOf, HotakaError, messageOf } from "../kit/index.ts";
import { examples, type Shell } from "./command.ts";
import { START_DATA_DIR } from "./daemon_options.ts";
import { pause } from "./pause.ts";
import { PID_FILE } from "./start.ts";

/** `hotaka stop` */
export function declareStop(command: Command, shell: Shell): void {
  command
    .description("Stops a daemon of `hotaka start --daemonize`: it finishes what it has in hand, and writes what must not be lost.")
    .option("-p, --pidfile <file>", "where it wrote the number of its process", `${START_DATA_DIR}/${PID_FILE}`)
    .option("--timeout <seconds>", "how long to wait for its end", secondsOf, 5)
    .addHelpText(
      "after",
      examples(["hotaka stop", "the one that was started here"], ["hotaka stop -p /var/run/hotaka.pid --timeout 30", "another"]),
    )
    .action(async ({ pidfile, timeout }: { pidfile: string; timeout: number }) => {
      const file = resolve(pidfile);
      const pid = pidOf(file);
      if (!isOurs(pid))
        throw failed(
          `process ${pid}, which ${file} names, is no daemon of ours; it was left alone. Remove the file if the daemon is gone.`,
        );
      process.kill(pid, "SIGTERM");
      const untilMs = shell.clock.nowMs() + timeout * 1000;
      while (isAlive(pid)) {
        if (shell.clock.nowMs() >= untilMs)
          throw failed(`process ${pid} has not ended after ${timeout} seconds; it may still be finishing what it has in hand.`);
        await pause(shell.clock, POLL_MS);
      }
    });
}

function pidOf(file: string): number {
  try {
    const text = readFileSync(file, "utf8").trim();
    if (/^[1-9]\d{0,9}$/.test(text)) return Number(text);
  } catch (thrown) {
    const reason = errnoOf(thrown) === "ENOENT" ? "there is no such file, so none runs that wrote it" : messageOf(thrown);
    throw failed(`${file} could not be read: ${reason}. Name the one of the daemon with --pidfile.`);
  }
  throw failed(`${file} holds no number of a process.`);
}

/** The number may have gone to another program since. Where the system does not tell, it is believed. */
function isOurs(pid: number): boolean {
  if (!isAlive(pid)) throw failed(`process ${pid} does not run any more.`);
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return words.some((word, index) => basename(word) === "hotaka" && words[index + 1] === "start");
  } catch {
    return process.platform !== "linux";
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (thrown) {
    // It is there, and belongs to somebody else.
    return errnoOf(thrown) === "EPERM";
  }
}

/** It has ended, and whoever started it has not asked how. */
function isZombie(pid: number): boolean {
  try {
    // `PID (name) state ...`, where the name may hold brackets too: proc_pid_stat(5).
    return /\) Z [^)]*$/.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (/^\d{1,5}$/.test(text)) return seconds;
  throw new InvalidArgumentError("A number of seconds was wanted.");
}

function failed(sentence: string): HotakaError {
  return new HotakaError("HOTAKA_DAEMONIZE", sentence);
}

const POLL_MS = 50;
