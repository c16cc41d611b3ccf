import type { CommandEntry } from "../../src/cli/command.ts";
import { runProgram } from "../../src/cli/program.ts";
import type { Screen } from "../../src/cli/terminal.ts";
import { VirtualClock } from "../../src/kit/index.ts";
import type { Page } from "./page.ts";

/** The page of one command: what `hotaka help COMMAND` prints. */
export async function commandPage({ name, summary }: CommandEntry, commands: readonly CommandEntry[]): Promise<Page> {
  const written: string[] = [];
  const out: Screen = { isTerminal: false, columns: 100, write: (text) => void written.push(text), style: (_, text) => text };
  await runProgram(["help", name], commands, { terminal: { out, err: out }, clock: new VirtualClock(), env: {}, exitStatus: 0 });
  const help = written.join("").replaceAll(/ +$/gm, "").trim();
  return { path: `commands/${name}.md`, title: `hotaka ${name}`, summary: `${summary}.`, body: `\`\`\`text\n${help}\n\`\`\`\n` };
}
