import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { type Command, InvalidArgumentError } from "commander";
import { HotakaError } from "../kit/index.ts";
import { examples, type Shell } from "./command.ts";
import { FIRST_LOOK_DATA_DIR, LOG_DATA_DIR, SETTINGS_FILE } from "./daemon_options.ts";

/** `hotaka run` */
export function declareRun(command: Command, shell: Shell): void {
  command
    .description(
      `Runs the daemon of a settings file: --config, or ${SETTINGS_FILE} in this folder. Where there is none, a first look at what it does: a bundled log, three queries, the attackers found and blocked.`,
    )
    .option("-c, --config <file>", "settings file")
    .option("-l, --log <file>", "watch this log (combined format) with ready queries against floods, password guessing and probing")
    .option("--from-start", "with --log: read all of it first, and not only what is written from now on")
    .option("-d, --data-dir <folder>", "data folder, in place of the one of the settings")
    .option("--listen <host:port>", "where the API listens on this machine, in place of what the settings say; port 0 is any", listenOf)
    .addHelpText(
      "after",
      examples(
        ["hotaka run", `${SETTINGS_FILE} of this folder, or a first look`],
        ["hotaka run --log /var/log/nginx/access.log", "your own log, from now on"],
        ["hotaka run --config /etc/hotaka/hotaka.yaml", "your own settings"],
      ),
    )
    .addHelpText(
      "after",
      "\nSIGINT (Ctrl-C), SIGTERM and SIGQUIT finish the work in hand, write positions and end it; a second one ends it at once. SIGHUP reads the settings again.\n",
    )
    .action(async (options: RunOptions) => {
      const plan = planOf(options);
      const { runDaemon } = await import("./run_daemon.ts");
      await runDaemon(plan, shell);
    });
}

interface RunOptions {
  readonly config?: string;
  readonly log?: string;
  readonly fromStart?: boolean;
  readonly dataDir?: string;
  readonly listen?: Listen;
}

interface Listen {
  readonly host: string;
  readonly port: number;
}

/** What is to be run. */
export interface RunPlan {
  readonly kind: "settings" | "log" | "first_look";
  /** The settings file. */
  readonly file: string;
  /** In place of the one in the file. */
  readonly dataDir: string | undefined;
  /** In place of the one in the file. */
  readonly listen: Listen | undefined;
  /** The log to watch in place of the one in the file. */
  readonly log: { readonly path: string; readonly isFromStart: boolean } | undefined;
}

/** Decides what is meant. Throws HOTAKA_CLI_USAGE when it cannot be both. */
function planOf({ config, log, fromStart = false, dataDir, listen }: RunOptions): RunPlan {
  const usage = (sentence: string): HotakaError => new HotakaError("HOTAKA_CLI_USAGE", sentence);
  if (config !== undefined && log !== undefined)
    throw usage("--config and --log were both given; the settings file names its logs itself. Give one of them.");
  if (fromStart && log === undefined) throw usage("--from-start was given without --log; it says where the log of --log is read from.");
  const own = dataDir === undefined ? undefined : resolve(dataDir);
  if (log !== undefined) {
    const file = bundled("examples/nginx/hotaka.yaml");
    return { kind: "log", file, dataDir: own ?? resolve(LOG_DATA_DIR), listen, log: { path: resolve(log), isFromStart: fromStart } };
  }
  if (config !== undefined || existsSync(SETTINGS_FILE)) {
    return { kind: "settings", file: config ?? SETTINGS_FILE, dataDir: own, listen, log: undefined };
  }
  return {
    kind: "first_look",
    file: bundled("examples/first_look/hotaka.yaml"),
    dataDir: own ?? resolve(FIRST_LOOK_DATA_DIR),
    listen,
    log: undefined,
  };
}

/** Only this machine: who wants others to reach the API says so in the settings. */
function listenOf(text: string): Listen {
  const parts = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\]):(\d{1,5})$/.exec(text);
  const [, host = "", port = ""] = parts ?? [];
  if (parts !== null && Number(port) <= 65_535) return { host: host.replaceAll(/[[\]]/g, ""), port: Number(port) };
  throw new InvalidArgumentError(
    "An address of this machine and a port was wanted, such as 127.0.0.1:26578; server.listen in the settings takes others.",
  );
}

/** A file of the package, which stands at the same place above `src/cli` and `dist/cli`. */
function bundled(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
