import { Command, CommanderError } from "commander";
import { didYouMean, HotakaError, messageOf } from "../kit/index.ts";
import type { CommandEntry, Shell } from "./command.ts";
import { version } from "./version.ts";

/**
 * Runs `hotaka` with the words of its command line, and gives its exit status: 0 when it did what was asked, 1 when it failed, 2 when
 * it was asked for something that it does not know. Of the commands only the one that is meant is loaded.
 */
export async function runProgram(words: readonly string[], commands: readonly CommandEntry[], shell: Shell): Promise<number> {
  let meant: CommandEntry | undefined;
  try {
    meant = commandMeant(words, commands);
    const program = await declareProgram(commands, meant, shell);
    await program.parseAsync(meant === undefined && words.length === 0 ? ["help"] : words, { from: "user" });
    return shell.exitStatus;
  } catch (thrown) {
    return report(thrown, meant, shell);
  }
}

/** Writes what went wrong, for a person, and gives the exit status. The stack is for us: HOTAKA_DEBUG=1 shows it. */
function report(thrown: unknown, meant: CommandEntry | undefined, { terminal: { err }, env }: Shell): number {
  if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
  const isUsage = thrown instanceof CommanderError || (thrown instanceof HotakaError && thrown.code === "HOTAKA_CLI_USAGE");
  err.write(`${lineOf(thrown, meant, (code) => err.style("red", code))}\n`);
  if (env["HOTAKA_DEBUG"] === "1" && thrown instanceof Error) err.write(`${thrown.stack ?? ""}\n`);
  else if (!(thrown instanceof HotakaError) && !isUsage) err.write("Set HOTAKA_DEBUG=1 to see where it happened.\n");
  return isUsage ? 2 : 1;
}

function lineOf(thrown: unknown, meant: CommandEntry | undefined, styled: (code: string) => string): string {
  if (thrown instanceof CommanderError) {
    const sentence = thrown.message.replace(/^error: /, "").replace(/\n\((.*)\)$/s, ". $1");
    return `${styled("HOTAKA_CLI_USAGE")}  ${sentence}${/[.?]$/.test(sentence) ? "" : "."} See \`${["hotaka help", meant?.name].join(" ").trim()}\`.`;
  }
  // The problems of a settings file are lines of their own, each with its place and its code.
  if (thrown instanceof HotakaError && /^.+:\d+:\d+ HOTAKA_/.test(thrown.message)) return thrown.message;
  if (thrown instanceof HotakaError) return `${styled(thrown.code)}  ${thrown.message}`;
  return messageOf(thrown);
}

/** The command that the words ask for, or ask about. Throws HOTAKA_CLI_USAGE for a word that is none. */
function commandMeant(words: readonly string[], commands: readonly CommandEntry[]): CommandEntry | undefined {
  const word = words[0] === "help" ? words[1] : words[0];
  if (word === undefined || word === "help" || word.startsWith("-")) return undefined;
  const meant = commands.find(({ name }) => name === word);
  if (meant !== undefined) return meant;
  const names = commands.map(({ name }) => name);
  const known = didYouMean(word, names) || ` Commands: ${names.join(", ")}.`;
  throw new HotakaError("HOTAKA_CLI_USAGE", `"${word.slice(0, 60)}" is not a command of hotaka.${known}`);
}

async function declareProgram(commands: readonly CommandEntry[], meant: CommandEntry | undefined, shell: Shell): Promise<Command> {
  const { out, err } = shell.terminal;
  const program = new Command("hotaka")
    .description("Watches logs with SQL and keeps what you declared: finds attackers, blocks them, tells people.")
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command")
    .exitOverride()
    .configureHelp({ sortSubcommands: false })
    // What commander would write of an error is written once, by `report`.
    .configureOutput({
      writeOut: (text) => out.write(text),
      writeErr: (text) => err.write(text),
      outputError: () => {},
      getOutHelpWidth: () => Math.min(out.columns, HELP_COLUMNS_MAX),
      getErrHelpWidth: () => Math.min(err.columns, HELP_COLUMNS_MAX),
    });
  for (const entry of commands) {
    const command = program
      .command(entry.name)
      .summary(entry.summary)
      .description(`${entry.summary}.`)
      .helpOption("-h, --help", "print this help");
    if (entry !== meant) continue;
    const declare = await entry.load();
    declare(command, shell);
  }
  return program;
}

const HELP_COLUMNS_MAX = 100;
