import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Daemon } from "../daemon/index.ts";
import { HotakaError, messageOf } from "../kit/index.ts";
import { RememberedLog } from "../server/index.ts";
import { COMPONENTS, readSettings, type Settings } from "../settings/index.ts";
import type { Shell } from "./command.ts";
import { openDaemonLog, openJsonLog } from "./daemon_log.ts";
import { pause } from "./pause.ts";
import { RotatingFile } from "./rotating_file.ts";
import { openObedient } from "./run_daemon.ts";
import type { StartPlan } from "./start.ts";
import { StatsFile } from "./stats_file.ts";
import { version } from "./version.ts";

/** Runs a daemon as `norikra start` does, here or in the background. Throws what could not be opened. */
export async function startDaemon(plan: StartPlan, shell: Shell): Promise<void> {
  if (plan.background === undefined || shell.env[CHILD] === "1") await serve(plan, shell);
  else await daemonize(plan.background, shell);
}

async function serve(plan: StartPlan, shell: Shell): Promise<void> {
  const { clock, terminal } = shell;
  const under = plan.log === undefined ? await openDaemonLog({ screen: terminal.err, clock }) : await openJsonLog(fileOf(plan.log));
  const log = new RememberedLog(under, { clock, linesMax: plan.logLines });
  log.level = plan.logLevel;
  const stats = plan.stats === undefined ? undefined : new StatsFile({ ...plan.stats, dataDir: plan.dataDir, clock, log });
  if (stats === undefined) log.info("without --stats targets and queries are kept in the data folder alone.");
  await stats?.load();
  const dump = (daemon: Daemon): void => {
    if (plan.stats?.isDumped === true) stats?.dump(daemon.stats());
  };
  const close = async (daemon: Daemon): Promise<void> => {
    dump(daemon);
    await daemon.close();
    if (plan.pidFile !== undefined) rmSync(plan.pidFile, { force: true });
  };
  const reload = async (): Promise<void> => log.warn("SIGHUP: a daemon of `hotaka start` has no settings file to read again.");
  const daemon = await openObedient({ settings: await settingsOf(plan), log, shell, reload, close });
  if (plan.pidFile !== undefined) await writePid(plan.pidFile, daemon);
  process.on("SIGUSR2", () => dump(daemon));
  keepDumping(plan, shell, () => dump(daemon));
  const sentence = `hotaka ${version()} runs: the RPC is at port ${daemon.rpcPort}, the API at ${daemon.url}; its data folder is ${plan.dataDir}.`;
  if (terminal.out.isTerminal) terminal.out.write(`${sentence}\nCtrl-C ends it.\n`);
  else log.info(sentence);
  // The listeners keep the process; a signal ends it.
  await new Promise(() => {});
}

async function settingsOf({ host, port, uiPort, dataDir, logLevel }: StartPlan): Promise<Settings> {
  const address = (number: number): string => `${host.includes(":") ? `[${host}]` : host}:${number}`;
  const text = JSON.stringify({
    data_dir: dataDir,
    log_level: logLevel,
    server: { listen: address(uiPort) },
    rpc: { listen: address(port) },
  });
  return readSettings(text, "the options of hotaka start", COMPONENTS);
}

function keepDumping({ stats }: StartPlan, { clock }: Shell, dump: () => void): void {
  const everyMs = stats?.everyMs;
  if (everyMs === undefined) return;
  const arm = (): void => {
    clock.after(everyMs, () => {
      dump();
      arm();
    });
  };
  arm();
}

function fileOf({ folder, bytesMax, backups }: NonNullable<StartPlan["log"]>): RotatingFile {
  try {
    return new RotatingFile(join(folder, "hotaka.log"), { bytesMax, backups, lostLine });
  } catch (thrown) {
    throw new HotakaError("HOTAKA_DAEMONIZE", `The log could not be written to ${folder}: ${messageOf(thrown)}.`, { cause: thrown });
  }
}

function lostLine(count: number, reason: string): string {
  return `${JSON.stringify({ level: "warn", msg: `${count} lines of the log could not be written and are lost: ${reason}.` })}\n`;
}

/** Starts itself once more, apart from this terminal, and waits until that one is ready or has said why not. */
async function daemonize({ pidFile, outFile }: NonNullable<StartPlan["background"]>, { clock, terminal }: Shell): Promise<void> {
  const out = openOutFile(outFile);
  const child = spawn(process.execPath, [...process.execArgv, ...process.argv.slice(1)], {
    detached: true,
    stdio: ["ignore", out, out],
    env: { ...process.env, [CHILD]: "1" },
  });
  closeSync(out);
  const end: { reason?: string } = {};
  child.once("exit", (status, signal) => (end.reason = `it ended with ${signal ?? `status ${status}`}`));
  child.once("error", (thrown) => (end.reason = messageOf(thrown)));
  const untilMs = clock.nowMs() + READY_MS_MAX;
  while (end.reason === undefined && clock.nowMs() < untilMs) {
    if (isReady(pidFile, child.pid)) {
      child.unref();
      terminal.out.write(`hotaka runs in the background as process ${child.pid}; \`hotaka stop\` ends it.\n`);
      return;
    }
    await pause(clock, READY_POLL_MS);
  }
  if (end.reason === undefined) child.kill("SIGKILL");
  const why = end.reason ?? `it was not ready after ${READY_MS_MAX / 1000} seconds`;
  throw new HotakaError("HOTAKA_DAEMONIZE", `The daemon did not begin: ${why}. ${lastLineOf(outFile)}`);
}

function openOutFile(path: string): number {
  try {
    mkdirSync(dirname(path), { recursive: true });
    return openSync(path, "a", OUT_FILE_MODE);
  } catch (thrown) {
    throw new HotakaError("HOTAKA_DAEMONIZE", `${path}, where the output goes, could not be opened: ${messageOf(thrown)}.`, {
      cause: thrown,
    });
  }
}

/** It writes its number when everything is open. */
function isReady(pidFile: string, pid: number | undefined): boolean {
  try {
    return readFileSync(pidFile, "utf8").trim() === String(pid);
  } catch {
    return false;
  }
}

function lastLineOf(file: string): string {
  const line = readFileSync(file, "utf8").trim().split("\n").at(-1) ?? "";
  return line === "" ? `${file} says nothing.` : `${file} says: ${line.slice(0, LINE_CHARS_MAX)}`;
}

async function writePid(path: string, daemon: Daemon): Promise<void> {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `${process.pid}\n`);
  } catch (thrown) {
    await daemon.close();
    throw new HotakaError("HOTAKA_DAEMONIZE", `The number of the process could not be written to ${path}: ${messageOf(thrown)}.`, {
      cause: thrown,
    });
  }
}

/** Set for the process in the background, which is the one that serves. */
const CHILD = "HOTAKA_DAEMON";
const OUT_FILE_MODE = 0o640;
const LINE_CHARS_MAX = 500;
const READY_MS_MAX = 60_000;
const READY_POLL_MS = 50;
