import { Command } from "commander";
import type { CommandEntry, Shell } from "../../src/cli/command.ts";
import { runProgram } from "../../src/cli/program.ts";
import type { Screen } from "../../src/cli/terminal.ts";
import { VirtualClock } from "../../src/kit/index.ts";
import type { Page } from "./page.ts";

/** The page of one command: what `hotaka help COMMAND` prints, and the help of each of its verbs. */
export async function commandPage(entry: CommandEntry, commands: readonly CommandEntry[]): Promise<Page> {
  const { name, summary } = entry;
  const parts = [await helpOf(["help", name], commands)];
  for (const verb of await verbsOf(entry)) parts.push(`## hotaka ${name} ${verb}\n\n${await helpOf([name, verb, "--help"], commands)}`);
  return { path: `commands/${name}.md`, title: `hotaka ${name}`, summary: `${summary}.`, body: parts.join("\n") };
}

async function helpOf(words: readonly string[], commands: readonly CommandEntry[]): Promise<string> {
  const written: string[] = [];
  const out: Screen = { isTerminal: false, columns: 100, write: (text) => void written.push(text), style: (_, text) => text };
  await runProgram(words, commands, shellOf(out));
  return `\`\`\`text\n${written.join("").replaceAll(/ +$/gm, "").trim()}\n\`\`\`\n`;
}

async function verbsOf(entry: CommandEntry): Promise<string[]> {
  const command = new Command(entry.name);
  const declare = await entry.load();
  declare(command, shellOf({ isTerminal: false, columns: 100, write: () => {}, style: (_, text) => text }));
  return command.commands.map((verb) => verb.name());
}

function shellOf(out: Screen): Shell {
  return { terminal: { out, err: out }, clock: new VirtualClock(), env: {}, exitStatus: 0 };
}
