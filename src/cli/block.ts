import { userInfo } from "node:os";
import { type Command, InvalidArgumentError } from "commander";
import { parseDuration } from "../kit/index.ts";
import { examples, type Shell } from "./command.ts";
import { ask, type DaemonOptions, withDaemonOptions } from "./daemon_options.ts";

/** `hotaka block` */
export function declareBlock(command: Command, { terminal }: Shell): void {
  withDaemonOptions(command)
    .description("Blocks an address, or a prefix, at every enforcement point. What is protected (never_block, private ranges) is refused.")
    .argument("<address>", "an address or a prefix: 203.0.113.7, 203.0.113.0/24, 2001:db8::7")
    .option("--for <duration>", "for how long: 90s, 1h, 7 days, or ever", termOf, "1h")
    .option("--reason <text>", "why, for those who ask later", "no reason given")
    .option("--json", "print the answer of the daemon as JSON")
    .addHelpText(
      "after",
      examples(
        ["hotaka block 203.0.113.7", "for an hour"],
        ['hotaka block 2001:db8::/64 --for ever --reason "ticket 4711"', "until it is taken back"],
      ),
    )
    .action(async (address: string, options: DaemonOptions & { for: string; reason: string; json?: boolean }) => {
      const body = { address, for: options.for, reason: options.reason, by: personOf() };
      const answer = await ask(options, "POST", "/v1/blocks", body);
      terminal.out.write(`${options.json === true ? JSON.stringify(answer.json) : answer.object("decision").text("sentence")}\n`);
    });
}

/** Who asks, as the ledger names people. */
export function personOf(): string {
  try {
    return userInfo().username;
  } catch {
    // A user of a container need not be in its list of users.
    return `user ${process.getuid?.() ?? "unknown"}`;
  }
}

/** A duration as `--for` takes it. */
export function termOf(text: string): string {
  if (text === "ever" || (parseDuration(text) ?? 0) > 0) return text;
  throw new InvalidArgumentError("A duration such as 90s, 1h or 7 days, or ever, was wanted.");
}
