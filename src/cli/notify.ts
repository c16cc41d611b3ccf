import { Argument, type Command } from "commander";
import { personOf } from "./block.ts";
import { examples, type Shell } from "./command.ts";
import { ask, type DaemonOptions, withDaemonOptions } from "./daemon_options.ts";

/** `hotaka notify` */
export function declareNotify(command: Command, shell: Shell): void {
  withDaemonOptions(command)
    .description(
      "Has the daemon send a test message by an action that tells people (mail, sns, slack, pagerduty), or tells it that a message was seen.",
    )
    .addArgument(new Argument("<what>", "test sends a message that says it is a test; ack acknowledges one").choices(["test", "ack"]))
    .argument("<name>", "of test: an action, as mail or actions[2]; of ack: the number of a message, as n17")
    .option("--json", "print the answer of the daemon as JSON")
    .addHelpText(
      "after",
      examples(
        ["hotaka notify test mail", "by every mail action of the settings"],
        ["hotaka notify test 'actions[2]'", "by that one"],
        ["hotaka notify ack n17", "so that it does not go to those who are called when nobody answers"],
      ),
    )
    .action(async (what: string, name: string, options: DaemonOptions & { json?: boolean }) => {
      if (what === "ack") return acknowledge(name, options, shell);
      return test(name, options, shell);
    });
}

async function acknowledge(id: string, options: DaemonOptions & { json?: boolean }, { terminal }: Shell): Promise<void> {
  const answer = await ask(options, "POST", `/v1/notices/${encodeURIComponent(id)}/acknowledge`, { by: personOf() });
  terminal.out.write(options.json === true ? `${JSON.stringify(answer.json)}\n` : `${answer.text("sentence")}\n`);
}

async function test(action: string, options: DaemonOptions & { json?: boolean }, shell: Shell): Promise<void> {
  const answer = await ask(options, "POST", "/v1/notices/test", { action });
  const { out } = shell.terminal;
  const tested = answer.objects("actions");
  if (options.json === true) out.write(`${JSON.stringify(answer.json)}\n`);
  else for (const each of tested) out.write(`${each.text("name")}: ${each.text("sentence")}\n`);
  if (tested.some((each) => !each.boolean("done"))) shell.exitStatus = 1;
}
