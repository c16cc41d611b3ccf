import type { Command } from "commander";
import type { Clock } from "../kit/index.ts";
import type { Terminal } from "./terminal.ts";

/** A command of `hotaka`, as `hotaka help` lists it. What it does is loaded when it is the one that was asked for. */
export interface CommandEntry {
  readonly name: string;
  /** One line, without a full stop. */
  readonly summary: string;
  load(): Promise<Declare>;
}

/**
 * Gives `command` its description, arguments, options, examples and its action. An action that throws a HotakaError ends with its code and
 * sentence and exit status 1 (2 for HOTAKA_CLI_USAGE).
 */
export type Declare = (command: Command, shell: Shell) => void;

/** What a command has around it. */
export interface Shell {
  readonly terminal: Terminal;
  readonly clock: Clock;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** What is piped in; the standard input of the process unless a test hands in its own. */
  readonly input?: AsyncIterable<Buffer>;
  /** Exit status of a command that did what it should and found what it should not: `cases` with failed ones. */
  exitStatus: number;
}

/** The examples at the end of a command's help, each with what it does. */
export function examples(...lines: readonly (readonly [command: string, what: string])[]): string {
  const width = Math.max(...lines.map(([command]) => command.length));
  return `\nExamples:\n${lines.map(([command, what]) => `  ${command.padEnd(width)}  ${what}`).join("\n")}\n`;
}
