import type { Command } from "commander";
import { shownCidr } from "../kit/index.ts";
import { personOf } from "./block.ts";
import { examples, type Shell } from "./command.ts";
import { ask, type DaemonOptions, withDaemonOptions } from "./daemon_options.ts";

/** `hotaka unblock` */
export function declareUnblock(command: Command, { terminal }: Shell): void {
  withDaemonOptions(command)
    .description("Takes back every block that holds the address, or that lies inside the prefix.")
    .argument("<address>", "an address or a prefix")
    .option("--reason <text>", "why, for those who ask later", "no reason given")
    .option("--json", "print the answer of the daemon as JSON")
    .addHelpText(
      "after",
      examples(['hotaka unblock 203.0.113.7 --reason "our own crawler"', "the rows that led to it do not bring it back"]),
    )
    .action(async (address: string, options: DaemonOptions & { reason: string; json?: boolean }) => {
      const wish = new URLSearchParams({ by: personOf(), reason: options.reason });
      const answer = await ask(options, "DELETE", `/v1/blocks/${encodeURIComponent(address)}?${wish.toString()}`);
      const lifted = new Set(answer.objects("decisions").map((decision) => shownCidr(decision.text("cidr"))));
      terminal.out.write(options.json === true ? `${JSON.stringify(answer.json)}\n` : `${[...lifted].join(", ")} is no longer blocked.\n`);
    });
}
