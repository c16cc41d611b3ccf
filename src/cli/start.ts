import { join, resolve } from "node:path";
import { type Command, InvalidArgumentError, Option } from "commander";
import { HotakaError, isLoopbackHost, type LogLevel, parseSize } from "../kit/index.ts";
import { examples, type Shell } from "./command.ts";
import { START_DATA_DIR } from "./daemon_options.ts";
import { jvmOptions, REFUSED_OPTIONS } from "./norikra/refused_options.ts";

/** `hotaka start` */
export function declareStart(command: Command, shell: Shell): void {
  command
    .description(
      "Runs the daemon as `norikra start` does: no settings file, targets and queries by hand. They are kept in the data folder as they change; --stats loads and writes Norikra's own file besides. Every option of norikra start is either here or refused by name.",
    )
    .option(
      "-H, --host <address>",
      "address to listen on; another one than of this machine takes a settings file (hotaka run)",
      hostOf,
      "127.0.0.1",
    )
    .option("-P, --port <number>", "port of the RPC", portOf, 26_571)
    .option("--ui-port <number>", "port of the HTTP API", portOf, 26_578)
    .option("-s, --stats <file>", "load targets and queries from this file, and write them to it at the end")
    .option("--stats-secondary <pattern>", "at each dump, copy it to the file of this name, in which strftime(3) fills in the time")
    .option("--suppress-dump-stat", "do not write the file of --stats")
    .option("--dump-stat-interval <seconds>", "write the file of --stats so often", secondsOf)
    .option("-d, --daemonize", "run in the background; takes --logdir")
    .option("-p, --pidfile <file>", "write the number of the process here (<data-dir>/hotaka.pid in the background)")
    .option("--outfile <file>", "where the standard output and error go in the background (<logdir>/hotaka.out)")
    .option("-l, --logdir <folder>", "write the log to hotaka.log in this folder, in place of standard error")
    .option("--log-filesize <size>", "put the log file aside at this size", sizeOf, 10_485_760)
    .option("--log-backups <number>", "log files that are kept aside", countOf, 10)
    .option("--log-buffer-lines <number>", "lines of the log that clients are shown", countOf, 1000)
    .option("--more-quiet", "log errors only")
    .option("-q, --quiet", "log warnings and errors only")
    .option("-v, --verbose", "log more")
    .option("--more-verbose", "the same as --verbose")
    .option("--data-dir <folder>", "data folder", START_DATA_DIR)
    .addHelpText(
      "after",
      examples(
        ["hotaka start", "in the foreground"],
        ["hotaka start --stats stats.json -l log --daemonize", "in the background, with the catalog of a Norikra"],
        ["hotaka stop", "ends it"],
      ),
    )
    .addHelpText(
      "after",
      "\nSIGUSR2 writes the file of --stats now; SIGINT, SIGTERM and SIGQUIT end it; SIGHUP has nothing to read again.\n",
    )
    .allowUnknownOption()
    .allowExcessArguments();
  for (const { flags } of REFUSED_OPTIONS) command.addOption(new Option(flags).hideHelp());
  command.action(async (options: StartOptions & Readonly<Record<string, unknown>>) => {
    refuse(options, command.args);
    const { startDaemon } = await import("./start_daemon.ts");
    await startDaemon(planOf(options), shell);
  });
}

/** What is to be run. */
export interface StartPlan {
  readonly host: string;
  readonly port: number;
  readonly uiPort: number;
  readonly dataDir: string;
  readonly stats:
    | { readonly path: string; readonly secondary: string | undefined; readonly isDumped: boolean; readonly everyMs: number | undefined }
    | undefined;
  readonly background: { readonly pidFile: string; readonly outFile: string } | undefined;
  /** In the foreground only if it was asked for. */
  readonly pidFile: string | undefined;
  readonly log: { readonly folder: string; readonly bytesMax: number; readonly backups: number } | undefined;
  readonly logLines: number;
  readonly logLevel: LogLevel;
}

interface StartOptions {
  readonly host: string;
  readonly port: number;
  readonly uiPort: number;
  readonly stats?: string;
  readonly statsSecondary?: string;
  readonly suppressDumpStat?: boolean;
  readonly dumpStatInterval?: number;
  readonly daemonize?: boolean;
  readonly pidfile?: string;
  readonly outfile?: string;
  readonly logdir?: string;
  readonly logFilesize: number;
  readonly logBackups: number;
  readonly logBufferLines: number;
  readonly moreQuiet?: boolean;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
  readonly moreVerbose?: boolean;
  readonly dataDir: string;
}

/** Throws HOTAKA_CLI_USAGE for what Norikra has and we have not, each by its name, and for what neither has. */
function refuse(options: Readonly<Record<string, unknown>>, left: readonly string[]): void {
  for (const { key, name, reason } of REFUSED_OPTIONS) {
    if (options[key] !== undefined) throw usage(`${name} is an option of Norikra that Hotaka has no use for: ${reason} Leave it out.`);
  }
  // Of -verbose:gc the first letter is taken for --verbose.
  const jvm = left.map((word) => word.replace(/^-erbose:/, "-verbose:")).find((word) => jvmOptions.test(word));
  if (jvm !== undefined) throw usage(`${jvm} is for the JVM of Norikra; Hotaka runs without one. Leave it out.`);
  if (left[0] !== undefined) throw usage(`"${left[0].slice(0, 60)}" is nothing that hotaka start takes. See \`hotaka help start\`.`);
}

function planOf(options: StartOptions): StartPlan {
  const { host, port, uiPort, stats, logdir, logFilesize: bytesMax, logBackups: backups, logBufferLines: logLines } = options;
  const dataDir = resolve(options.dataDir);
  if (options.daemonize === true && logdir === undefined) throw usage("'logdir' must be specified for '--daemonize'.");
  if (options.outfile !== undefined && options.daemonize !== true)
    throw usage("--outfile is for --daemonize; in the foreground nothing is written to it.");
  const { statsSecondary: secondary, dumpStatInterval: interval } = options;
  if (stats === undefined && (secondary !== undefined || interval !== undefined || options.suppressDumpStat === true))
    throw usage("--stats-secondary, --dump-stat-interval and --suppress-dump-stat are for --stats, which was not given.");
  const pidFile = resolve(options.pidfile ?? join(dataDir, PID_FILE));
  return {
    host,
    port,
    uiPort,
    dataDir,
    stats:
      stats === undefined
        ? undefined
        : {
            path: resolve(stats),
            secondary: secondary === undefined ? undefined : resolve(secondary),
            isDumped: options.suppressDumpStat !== true,
            everyMs: interval === undefined ? undefined : interval * 1000,
          },
    background:
      options.daemonize === true && logdir !== undefined
        ? { pidFile, outFile: resolve(options.outfile ?? `${logdir}/hotaka.out`) }
        : undefined,
    pidFile: options.pidfile === undefined && options.daemonize !== true ? undefined : pidFile,
    log: logdir === undefined ? undefined : { folder: resolve(logdir), bytesMax, backups },
    logLines,
    logLevel: levelOf(options),
  };
}

function levelOf({ moreQuiet, quiet, verbose, moreVerbose }: StartOptions): LogLevel {
  if (moreQuiet === true) return "error";
  if (quiet === true) return "warn";
  return verbose === true || moreVerbose === true ? "debug" : "info";
}

function hostOf(text: string): string {
  if (isLoopbackHost(text)) return text;
  throw new InvalidArgumentError(
    "The RPC of Norikra has no login. To let others reach it takes a settings file with rpc.listen and rpc.open_to_network: true, and `hotaka run`.",
  );
}

function portOf(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError("A port from 1 to 65535 was wanted; 0 lets the system choose.");
}

function secondsOf(text: string): number {
  const seconds = Number(text);
  if (/^\d{1,7}$/.test(text) && seconds >= 1) return seconds;
  throw new InvalidArgumentError("A number of seconds was wanted.");
}

function countOf(text: string): number {
  if (/^\d{1,6}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("A number was wanted.");
}

function sizeOf(text: string): number {
  const bytes = parseSize(text);
  if (bytes !== undefined && bytes >= 1024) return bytes;
  throw new InvalidArgumentError("A size of at least 1KB was wanted, such as 10MB.");
}

function usage(sentence: string): HotakaError {
  return new HotakaError("HOTAKA_CLI_USAGE", sentence);
}

/** In the data folder. */
export const PID_FILE = "hotaka.pid";
