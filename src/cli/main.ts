import { wallClock } from "../kit/index.ts";
import { COMMANDS } from "./commands.ts";
import { runProgram } from "./program.ts";
import { processTerminal } from "./terminal.ts";

// Who reads our output may stop reading, as `head` does: that is no failure of ours.
process.stdout.on("error", (thrown: NodeJS.ErrnoException) => process.exit(thrown.code === "EPIPE" ? 0 : 1));

async function main(): Promise<void> {
  process.exitCode = await runProgram(process.argv.slice(2), COMMANDS, {
    terminal: processTerminal(),
    clock: wallClock,
    env: process.env,
    exitStatus: 0,
  });
}

void main();
