import type { Command } from "commander";
import { examples, type Shell } from "../command.ts";
import { declareNoun, Remote } from "./remote.ts";
import { rubyText } from "./ruby_text.ts";

/** `hotaka field` */
export function declareField(noun: Command, shell: Shell): void {
  const { out } = shell.terminal;
  declareNoun(noun, "Manages the fields of targets.").addHelpText(
    "after",
    examples(
      ["hotaka field list access", "with their types"],
      ["hotaka field add access status integer", "before an event brings it as something else"],
    ),
  );
  noun
    .command("list")
    .description("Lists the fields of a target.")
    .argument("<target>", "its name")
    .option("-s, --simple", "without header and footer")
    .action(async (target: string, { simple }: { simple?: boolean }) =>
      Remote.with(noun, shell, async (remote) => {
        if (simple !== true) out.write("FIELD\tTYPE\tOPTIONAL\n");
        const fields = await remote.maps("fields", target);
        for (const { name = null, type = null, optional = null } of fields) {
          out.write(`${rubyText(name)}\t${rubyText(type)}\t${rubyText(optional)}\n`);
        }
        if (simple !== true) out.write(`${fields.length} fields found.\n`);
      }),
    );
  noun
    .command("add")
    .description("Gives a field its type before an event brings it.")
    .argument("<target>", "the target")
    .argument("<field>", "its name; req.path and tags.$0 are within a hash and an array")
    .argument("<type>", "string, integer, float, boolean, hash or array")
    .action(async (target: string, field: string, type: string) =>
      Remote.with(noun, shell, async (remote) => void (await remote.call("reserve", target, field, type))),
    );
}
