import { type Command, InvalidArgumentError, Option } from "commander";
import { formatDuration, HotakaError, oneLine, shownCidr } from "../kit/index.ts";
import type { Answer } from "../server/index.ts";
import { examples, type Shell } from "./command.ts";
import { ask, withDaemonOptions } from "./daemon_options.ts";
import { heldText } from "./held_text.ts";
import { decisionsText, isSearch, searchDecisions, type SearchOptions, withSearchOptions } from "./ledger_search.ts";
import { tableText } from "./table.ts";

/** `hotaka blocks` */
export function declareBlocks(command: Command, shell: Shell): void {
  withSearchOptions(withDaemonOptions(command))
    .description(
      "Lists what is blocked now, the latest first, and whether each block is enforced; or looks through everything that was decided.",
    )
    .option("--held", "what the policy held back and waits for `hotaka approve`")
    .option("--json", "print the answer of the daemon as JSON")
    .addOption(new Option("-n, --limit <number>", "blocks or decisions to list at most").argParser(limitOf).default(100))
    .addHelpText(
      "after",
      examples(
        ["hotaka blocks", "the latest hundred"],
        ["hotaka blocks --held", "what waits for approval"],
        ["hotaka blocks --all --since 1d", "what was decided since yesterday"],
        ["hotaka blocks --query block.ssh --address 203.0.113.0/24", "by one query about one network"],
        ["hotaka blocks --json | jq '.blocks[].cidr'", "for a script"],
      ),
    )
    .action(async (options: SearchOptions & { json?: boolean; held?: boolean }) => {
      const { out } = shell.terminal;
      const nowMs = shell.clock.nowMs();
      if (isSearch(options)) {
        if (options.held === true)
          throw new HotakaError("HOTAKA_CLI_USAGE", "--held lists what waits now; it goes with no other option of a search.");
        const { decisions, next } = await searchDecisions(options, nowMs);
        const json = { decisions: decisions.map((decision) => decision.json), next };
        out.write(options.json === true ? `${JSON.stringify(json)}\n` : decisionsText(decisions, next));
        return;
      }
      const isHeld = options.held === true;
      const answer = await ask(options, "GET", `/v1/${isHeld ? "held" : "blocks"}?limit=${options.limit}`);
      const text = isHeld ? heldText : blocksText;
      out.write(options.json === true ? `${JSON.stringify(answer.json)}\n` : text(answer, nowMs));
    });
}

/** The block list for a person. */
export function blocksText(answer: Answer, nowMs: number): string {
  const blocks = answer.objects("blocks");
  const held = answer.number("held");
  const waits =
    held > 0
      ? `${held} more ${held === 1 ? "waits" : "wait"} for approval; \`hotaka blocks --held\` lists ${held === 1 ? "it" : "them"}.\n`
      : "";
  if (blocks.length === 0) return `Nothing is blocked.\n${waits}`;
  const rows = blocks.map((block) => [
    shownCidr(block.text("cidr")),
    endOf(block.numberOrNull("until_ms"), nowMs),
    enforcementOf(block.objects("enforcement")),
    block.text("made_by"),
    oneLine(block.text("reason"), 80),
  ]);
  const left = answer.number("total") - blocks.length;
  const more = left > 0 ? `and ${left} more; --limit ${answer.number("total")} lists all of them.\n` : "";
  return tableText(["ADDRESS", "ENDS IN", "STATE", "BY", "REASON"], rows) + more + waits;
}

function endOf(untilMs: number | null, nowMs: number): string {
  return untilMs === null ? "never" : formatDuration(Math.max(untilMs - nowMs, 0));
}

/** One word where all places agree; else how many there are of each. */
function enforcementOf(places: readonly Answer[]): string {
  if (places.length === 0) return "no enforcer";
  const counts = new Map<string, number>();
  for (const place of places) {
    const state = place.text("state").replaceAll("_", " ");
    counts.set(state, (counts.get(state) ?? 0) + 1);
  }
  if (counts.size === 1) return [...counts.keys()].join("");
  return [...counts].map(([state, count]) => `${count} ${state}`).join(", ");
}

function limitOf(text: string): number {
  const limit = Number(text);
  if (/^\d{1,5}$/.test(text) && limit >= 1 && limit <= 10_000) return limit;
  throw new InvalidArgumentError("A number from 1 to 10000 was wanted.");
}
