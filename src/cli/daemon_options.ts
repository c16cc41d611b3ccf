import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { HotakaError } from "../kit/index.ts";
import { type Answer, askDaemon, controlPathOf } from "../server/index.ts";

/** Which daemon is asked, as the command line says. */
export interface DaemonOptions {
  readonly config?: string;
  readonly dataDir?: string;
}

/** The options by which a command finds the daemon that it asks. */
export function withDaemonOptions(command: Command): Command {
  return command
    .option("-c, --config <file>", "settings file of the daemon to ask")
    .option("-d, --data-dir <folder>", "data folder of the daemon to ask")
    .addHelpText(
      "after",
      `\nWithout --config or --data-dir the daemon that was started here is asked: by ${SETTINGS_FILE} in this folder, by \`hotaka start\`, or by \`npm start\`.\n`,
    );
}

/** Asks the daemon that is meant. Where nothing is said, each folder that a daemon started here may have is tried. */
export async function ask(options: DaemonOptions, method: "GET" | "POST" | "DELETE", path: string, body?: object): Promise<Answer> {
  return withDaemon(options, async (controlPath) => askDaemon(controlPath, method, path, body, operatorAddress()));
}

/** Does `work` with the control socket of the daemon that is meant, as `ask` finds it. */
export async function withDaemon<Result>(options: DaemonOptions, work: (controlPath: string) => Promise<Result>): Promise<Result> {
  const folders = await dataFolders(options);
  for (const [index, folder] of folders.entries()) {
    try {
      return await work(controlPathOf(folder));
    } catch (thrown) {
      if (!isAbsence(thrown) || folders.length === 1) throw thrown;
      if (index === folders.length - 1) throw noneFound(folders);
    }
  }
  throw noneFound(folders);
}

/** Whether no daemon was there to be asked, which is something else than one that may not be. */
export function isAbsence(thrown: unknown): boolean {
  return thrown instanceof HotakaError && thrown.code === "HOTAKA_CONTROL_UNREACHABLE" && thrown.details["errno"] !== "EACCES";
}

/** The settings file that is used when none is named and it is there. */
export const SETTINGS_FILE = "hotaka.yaml";
/** The data folders of a daemon that was started without settings. */
export const LOG_DATA_DIR = "data/log";
export const FIRST_LOOK_DATA_DIR = "data/first_look";
/** That of a daemon of `hotaka start`. */
export const START_DATA_DIR = "data/start";

/** The data folders that are meant; where nothing is said, each that a daemon started here may have. */
export async function dataFolders({ config, dataDir }: DaemonOptions): Promise<string[]> {
  if (dataDir !== undefined) return [resolve(dataDir)];
  const { dataDirOf } = await import("../settings/index.ts");
  if (config !== undefined) return [await dataDirOf(config)];
  const named = existsSync(SETTINGS_FILE) ? [await dataDirOf(SETTINGS_FILE)] : [];
  return [...named, resolve(START_DATA_DIR), resolve(LOG_DATA_DIR), resolve(FIRST_LOOK_DATA_DIR)];
}

function noneFound(folders: readonly string[]): HotakaError {
  return new HotakaError(
    "HOTAKA_CONTROL_UNREACHABLE",
    `No daemon runs with a data folder of this place (${folders.join(", ")}). Start one with \`hotaka run\`, or name the one that runs with --config or --data-dir.`,
  );
}

/** From where the one who types is logged in over SSH; empty when he is not. @see ssh(1), SSH_CONNECTION */
function operatorAddress(): string {
  return process.env["SSH_CONNECTION"]?.split(" ")[0] ?? "";
}
