import type { Command } from "commander";
import type { MsgpackValue } from "../../kit/index.ts";
import { examples, type Shell } from "../command.ts";
import { declareNoun, Remote } from "./remote.ts";
import { rubyJsonPretty, rubyText } from "./ruby_text.ts";

/** `hotaka admin` */
export function declareAdmin(noun: Command, shell: Shell): void {
  const { out } = shell.terminal;
  declareNoun(noun, "Looks after a server.").addHelpText(
    "after",
    examples(["hotaka admin stats > stats.json", "targets and queries, as norikra start --stats reads them"]),
  );
  noun
    .command("stats")
    .description("Prints targets and queries as JSON, as `norikra start --stats` and `hotaka stats import` read them.")
    .action(async () =>
      Remote.with(noun, shell, async (remote) => {
        const queries = await remote.list("queries");
        const targets: MsgpackValue[] = [];
        for (const { name = null, auto_field: autoField = null } of await remote.maps("targets")) {
          const fields = (await remote.maps("fields", name)).filter(({ type }) => type !== "hash" && type !== "array");
          const named = Object.fromEntries(fields.map((field) => [rubyText(field["name"] ?? null), field]));
          targets.push({ name, fields: named, auto_field: autoField });
        }
        out.write(`${rubyJsonPretty({ threads: THREADS, log: {}, targets, queries })}\n`);
      }),
    );
  noun
    .command("logs")
    .description("Prints the latest lines of the log of the server.")
    .action(async () =>
      Remote.with(noun, shell, async (remote) => {
        for (const line of await remote.list("logs")) {
          const [time = null, level = null, text = null] = Array.isArray(line) ? (line as readonly MsgpackValue[]) : [];
          out.write(`${rubyText(time)} [${rubyText(level)}] ${rubyText(text)}\n`);
        }
      }),
    );
}

/** Norikra writes down here how its threads were set; nobody reads it back. */
const THREADS = { engine: { inbound: {}, outbound: {}, route_exec: {}, timer_exec: {} }, rpc: {}, web: {} };
