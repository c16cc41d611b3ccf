import type { Command } from "commander";
import { HotakaError } from "../../kit/index.ts";
import { examples, type Shell } from "../command.ts";
import { declareNoun, Remote } from "./remote.ts";
import { rubyText } from "./ruby_text.ts";

/** `hotaka target` */
export function declareTarget(noun: Command, shell: Shell): void {
  const { out } = shell.terminal;
  declareNoun(noun, "Manages targets: the named streams of events that queries read.").addHelpText(
    "after",
    examples(
      ["hotaka target open access", "its first event says which fields it has"],
      ["hotaka target open access path:string status:integer size:integer", "with fields given by hand"],
      ["hotaka target list", "all of them"],
    ),
  );
  noun
    .command("list")
    .description("Lists targets.")
    .option("-s, --simple", "without header and footer")
    .action(async ({ simple }: { simple?: boolean }) =>
      Remote.with(noun, shell, async (remote) => {
        if (simple !== true) out.write("TARGET\tAUTO_FIELD\n");
        const targets = await remote.maps("targets");
        for (const { name = null, auto_field: autoField = null } of targets) out.write(`${rubyText(name)}\t${rubyText(autoField)}\n`);
        if (simple !== true) out.write(`${targets.length} targets found.\n`);
      }),
    );
  noun
    .command("open")
    .description("Makes a target. Without fields it is lazy: its first event says what the others have.")
    .argument("<target>", "its name")
    .argument("[fields...]", "its fields, as name:type; types are string, integer, float and boolean")
    .option("-x, --suppress-auto-field", "fields that nobody names are not added when events bring them")
    .option("--suppress_auto_field", "the same")
    .action(async (target: string, fields: string[], options: { suppressAutoField?: boolean; suppress_auto_field?: boolean }) => {
      const types = fields.length === 0 ? null : Object.fromEntries(fields.map(fieldOf));
      const isSuppressed = options.suppressAutoField === true || options.suppress_auto_field === true;
      await Remote.with(noun, shell, async (remote) => void (await remote.call("open", target, types, !isSuppressed)));
    });
  noun
    .command("close")
    .description("Takes a target out, with the queries that read it.")
    .argument("<target>", "its name")
    .action(async (target: string) => Remote.with(noun, shell, async (remote) => void (await remote.call("close", target))));
  noun
    .command("modify")
    .description("Says whether fields that events bring are added to a target.")
    .argument("<target>", "its name")
    .argument("<bool>", "yes, true or auto; anything else is no")
    .action(async (target: string, value: string) => {
      const autoField = ["yes", "true", "auto"].includes(value.toLowerCase());
      await Remote.with(noun, shell, async (remote) => void (await remote.call("modify", target, autoField)));
    });
}

function fieldOf(text: string): readonly [string, string] {
  const at = text.lastIndexOf(":");
  if (at > 0 && at < text.length - 1) return [text.slice(0, at), text.slice(at + 1)];
  throw new HotakaError(
    "HOTAKA_CLI_USAGE",
    `"${text.slice(0, 60)}" is not a field with its type; name:type was wanted, such as path:string.`,
  );
}
