import type { Command } from "commander";
import { HotakaError, shownCidr } from "../kit/index.ts";
import type { Answer } from "../server/index.ts";
import { personOf, termOf } from "./block.ts";
import { examples, type Shell } from "./command.ts";
import { NOTHING_HELD } from "./held_text.ts";
import { ask, type DaemonOptions, withDaemonOptions } from "./daemon_options.ts";

/** `hotaka approve` */
export function declareApprove(command: Command, { terminal }: Shell): void {
  withDaemonOptions(command)
    .description("Blocks what the policy held back: what holds the address, or lies inside the prefix.")
    .argument("[address]", "an address or a prefix")
    .option("--all", "everything that waits")
    .option("--for <duration>", "for how long, instead of as long as was asked: 90s, 1h, 7 days, or ever", termOf)
    .option("--reason <text>", "why, for those who ask later", "no reason given")
    .option("--json", "print the answer of the daemon as JSON")
    .addHelpText(
      "after",
      examples(
        ["hotaka blocks --held", "what waits"],
        ["hotaka approve 203.0.113.7", "for as long as was asked"],
        ["hotaka approve --all --for 10min", "the whole wave"],
      ),
    )
    .action(async (address: string | undefined, options: HeldOptions & { for?: string }) => {
      const term = options.for === undefined ? {} : { for: options.for };
      const answer = await ask(options, "POST", "/v1/held/approve", { ...wishOf(address, options), ...term });
      terminal.out.write(options.json === true ? `${JSON.stringify(answer.json)}\n` : approvedText(answer));
    });
}

/** `hotaka reject` */
export function declareReject(command: Command, { terminal }: Shell): void {
  withDaemonOptions(command)
    .description("Gives up what the policy held back: what holds the address, or lies inside the prefix.")
    .argument("[address]", "an address or a prefix")
    .option("--all", "everything that waits")
    .option("--reason <text>", "why, for those who ask later", "no reason given")
    .option("--json", "print the answer of the daemon as JSON")
    .addHelpText("after", examples(['hotaka reject 203.0.113.7 --reason "our own crawler"', "new rows may lead to it again"]))
    .action(async (address: string | undefined, options: HeldOptions) => {
      const answer = await ask(options, "POST", "/v1/held/reject", wishOf(address, options));
      const cidrs = answer.objects("decisions").map((decision) => shownCidr(decision.text("cidr")));
      const text = cidrs.length === 0 ? NOTHING_HELD : `${namesOf(cidrs, answer.number("total"))} will not be blocked.\n`;
      terminal.out.write(options.json === true ? `${JSON.stringify(answer.json)}\n` : text);
    });
}

interface HeldOptions extends DaemonOptions {
  readonly all?: boolean;
  readonly reason: string;
  readonly json?: boolean;
}

/** The one line of many, so that a wave of thousands is not a screen of thousands. */
function approvedText(answer: Answer): string {
  const decisions = answer.objects("decisions");
  if (decisions.length === 0) return NOTHING_HELD;
  const blocked = decisions.filter((decision) => ["blocked", "extended"].includes(decision.text("outcome")));
  const refused = decisions.filter((decision) => !blocked.includes(decision));
  const sentences = blocked.length > LISTED_MAX ? [] : blocked.map((decision) => decision.text("sentence"));
  const many =
    blocked.length > LISTED_MAX
      ? [
          `${namesOf(
            blocked.map((one) => shownCidr(one.text("cidr"))),
            blocked.length,
          )} are blocked.`,
        ]
      : [];
  return [...sentences, ...many, ...refused.slice(0, LISTED_MAX).map((decision) => decision.text("sentence")), ""].join("\n");
}

function namesOf(cidrs: readonly string[], total: number): string {
  const shown = cidrs.slice(0, LISTED_MAX).join(", ");
  return total > LISTED_MAX ? `${shown} and ${total - LISTED_MAX} more` : shown;
}

function wishOf(address: string | undefined, { all, reason }: HeldOptions): Record<string, unknown> {
  if ((address === undefined) === (all !== true)) {
    throw new HotakaError("HOTAKA_CLI_USAGE", "Either an address or --all was wanted. `hotaka blocks --held` lists what waits.");
  }
  return { ...(address === undefined ? { all: true } : { address }), by: personOf(), reason };
}

const LISTED_MAX = 20;
