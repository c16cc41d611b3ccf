import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { type Daemon, openDaemon } from "../daemon/index.ts";
import { HotakaError, letYoungGenerationGrow, type LevelledLog, messageOf } from "../kit/index.ts";
import { COMPONENTS, loadSettings, readSettings, type Settings } from "../settings/index.ts";
import { RememberedLog } from "../server/index.ts";
import type { Shell } from "./command.ts";
import { openDaemonLog } from "./daemon_log.ts";
import { describeFirstLook } from "./first_look.ts";
import type { RunPlan } from "./run.ts";
import { obeySignals } from "./signals.ts";
import { version } from "./version.ts";

/** Runs a daemon until a signal ends the process. Throws what could not be read or opened. */
export async function runDaemon(plan: RunPlan, shell: Shell): Promise<void> {
  const { terminal, clock } = shell;
  const { out, err } = terminal;
  const startMs = clock.nowMs();
  const settings = await settingsOf(plan);
  const log = new RememberedLog(await openDaemonLog({ screen: err, clock }), { clock, linesMax: LOG_LINES_MAX });
  const daemon = await openObedient({ settings, log, shell, reload: async (opened) => reload(opened, plan, log) });

  if (plan.kind === "first_look") {
    await daemon.settled();
    out.write(describeFirstLook(daemon, { screen: out, version: version(), tookMs: clock.nowMs() - startMs, file: placeOf(plan.file) }));
    log.level = "info";
  } else if (out.isTerminal) {
    out.write(describeStart(daemon, settings, plan));
  } else {
    log.info(`hotaka ${version()} runs: ${countsOf(settings)}; the API is at ${daemon.url}.`);
  }
  // The listeners keep the process; a signal ends it.
  await new Promise(() => {});
}

export interface Obedient {
  readonly settings: Settings;
  readonly log: RememberedLog;
  readonly shell: Shell;
  /** SIGHUP. */
  readonly reload: (daemon: Daemon) => Promise<void>;
  /** In place of closing it alone. */
  readonly close?: (daemon: Daemon) => Promise<void>;
}

/**
 * Opens a daemon that obeys the signals of the process. One that comes while things are being opened waits for that, and then ends it as
 * any other. Throws what could not be opened.
 */
export async function openObedient({ settings, log, shell, reload: again, close }: Obedient): Promise<Daemon> {
  const { out, err } = shell.terminal;
  for (const warning of settings.warnings) log.warn(warning);
  const print = (line: string): void => out.write(`${line}\n`);
  const opening = openDaemon({ settings, version: version(), clock: shell.clock, log, logLines: log, print });
  const ignore = obeySignals(process, {
    stop: async (signal) => {
      if (err.isTerminal) err.write(`\n${signal}: the work in hand is finished; a second signal ends it at once.\n`);
      else log.info(`${signal}: stopping.`);
      const daemon = await opening;
      await (close === undefined ? daemon.close() : close(daemon));
      if (err.isTerminal) err.write("Stopped: positions are written, and the next start goes on from there.\n");
      else log.info("stopped: positions are written.");
    },
    reload: async () => again(await opening),
    failed: (sentence) => log.error(sentence),
  });
  try {
    return await opening;
  } catch (thrown) {
    ignore();
    throw thrown;
  } finally {
    letYoungGenerationGrow();
  }
}

/** The settings that the plan means, read from the disk. */
async function settingsOf(plan: RunPlan): Promise<Settings> {
  const settings = plan.log === undefined ? await loadSettings(plan.file, COMPONENTS) : await settingsOfLog(plan.file, plan.log);
  return {
    ...settings,
    dataDir: plan.dataDir ?? settings.dataDir,
    server: {
      ...settings.server,
      ...(plan.listen === undefined ? {} : { listen: plan.listen }),
      // What was started without settings is asked through its control socket.
      ...(plan.kind === "settings" ? {} : { rpc: undefined }),
    },
    // What is found is told in one piece, and not as it comes.
    ...(plan.kind === "first_look" ? { logLevel: "warn" as const } : {}),
  };
}

/** The ready settings for a web server, with this log in place of the one they name. */
async function settingsOfLog(file: string, { path, isFromStart }: NonNullable<RunPlan["log"]>): Promise<Settings> {
  // A log that is not there yet is waited for; but who names one here means one that is.
  if (!existsSync(path)) throw new HotakaError("HOTAKA_SOURCE_OPEN", `${path} could not be opened: there is no such file.`);
  const { parseDocument } = await import("yaml");
  const document = parseDocument(await readFile(file, "utf8"));
  document.setIn(["sources", 0, "tail", "path"], path);
  document.setIn(["sources", 0, "tail", "from"], isFromStart ? "start" : "end");
  return readSettings(document.toString(), file, COMPONENTS);
}

async function reload(daemon: Daemon, plan: RunPlan, log: LevelledLog): Promise<void> {
  try {
    const settings = await settingsOf(plan);
    for (const warning of settings.warnings) log.warn(warning);
    const waiting = await daemon.reload(settings);
    log.info(`the settings were read again: ${countsOf(settings)}.`);
    for (const sentence of waiting) log.warn(sentence);
  } catch (thrown) {
    const code = thrown instanceof HotakaError && !thrown.message.includes(thrown.code) ? `${thrown.code}  ` : "";
    log.error(`the settings were read again and refused; those from before stay in force:\n${code}${messageOf(thrown)}`);
  }
}

function describeStart(daemon: Daemon, settings: Settings, plan: RunPlan): string {
  const lines = [
    `Hotaka ${version()} runs ${placeOf(plan.file)}: ${countsOf(settings)}.`,
    ...daemon.sources().map((sentence) => `  ${sentence}`),
    `  the API is at ${daemon.url}`,
    `  \`npx hotaka blocks${plan.kind === "settings" && plan.file !== "hotaka.yaml" ? ` --config ${placeOf(plan.file)}` : ""}\` lists what is blocked`,
    "Ctrl-C ends it.",
  ];
  return `${lines.join("\n")}\n`;
}

function countsOf({ sources, queries, actions, enforcers }: Settings): string {
  const count = (amount: number, one: string, more: string): string => `${amount} ${amount === 1 ? one : more}`;
  return [
    count(sources.length, "source", "sources"),
    count(queries.length, "query", "queries"),
    count(actions.length, "action", "actions"),
    count(enforcers.length, "enforcer", "enforcers"),
  ].join(", ");
}

/** A path as a person here would write it. */
function placeOf(path: string): string {
  const from = relative(process.cwd(), path);
  return from.startsWith("..") ? path : from;
}

/** Lines of the log that the RPC and the API show. */
const LOG_LINES_MAX = 1000;
