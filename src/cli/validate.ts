import type { Command } from "commander";
import { examples, type Shell } from "./command.ts";
import { SETTINGS_FILE } from "./daemon_options.ts";

/** `hotaka validate` */
export function declareValidate(command: Command, { terminal }: Shell): void {
  command
    .description(
      "Checks a settings file, the SQL in it and the lists of addresses it names included, and opens nothing else. Every mistake is a line: file:line:column, what was found, what was wanted.",
    )
    .argument("[file]", "the settings file", SETTINGS_FILE)
    .option("-c, --config <file>", "the same")
    .option("--json", "print what was found as JSON")
    .addHelpText(
      "after",
      examples(
        ["hotaka validate", `checks ${SETTINGS_FILE} in this folder`],
        ["hotaka validate /etc/hotaka/hotaka.yaml", "before a SIGHUP"],
      ),
    )
    .action(async (argument: string, { config, json }: { config?: string; json?: boolean }) => {
      const { checkNamedFiles, COMPONENTS, loadSettings } = await import("../settings/index.ts");
      const settings = await loadSettings(config ?? argument, COMPONENTS);
      await checkNamedFiles(settings);
      const counts = {
        sources: settings.sources.length,
        queries: settings.queries.length,
        actions: settings.actions.length,
        enforcers: settings.enforcers.length,
      };
      if (json === true) {
        terminal.out.write(`${JSON.stringify({ file: settings.file, ...counts, warnings: settings.warnings })}\n`);
        return;
      }
      for (const warning of settings.warnings) terminal.err.write(`${warning}\n`);
      const found = Object.entries(counts).map(
        ([noun, count]) => `${count} ${count === 1 ? noun.replace(/ies$/, "y").replace(/s$/, "") : noun}`,
      );
      terminal.out.write(`${settings.file} is right: ${found.join(", ")}.\n`);
    });
}
