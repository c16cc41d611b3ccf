import type { Command } from "commander";
import { examples, type Shell } from "./command.ts";
import { ask, type DaemonOptions, withDaemonOptions } from "./daemon_options.ts";

/** `hotaka why` */
export function declareWhy(command: Command, { terminal }: Shell): void {
  withDaemonOptions(command)
    .description(
      "Tells everything that is known of an address: whether it is blocked and enforced, by which query, since when, and what was decided before.",
    )
    .argument("<address>", "an address or a prefix")
    .option("--json", "print the answer of the daemon as JSON")
    .addHelpText("after", examples(["hotaka why 203.0.113.7", "now, and the latest hundred decisions"]))
    .action(async (address: string, options: DaemonOptions & { json?: boolean }) => {
      const answer = await ask(options, "GET", `/v1/blocks/${encodeURIComponent(address)}`);
      terminal.out.write(`${options.json === true ? JSON.stringify(answer.json) : answer.texts("sentences").join("\n")}\n`);
    });
}
