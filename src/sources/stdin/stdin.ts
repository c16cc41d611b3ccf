import { defineSource } from "../../component/index.ts";
import { openFormat } from "../format_setting.ts";
import { lineSettings } from "../line_settings.ts";
import { openStdin } from "./stdin_source.ts";

export const stdin = defineSource({
  name: "stdin",
  summary: "Reads lines from the standard input of the daemon, as of a pipe, until it ends.",
  config: (z) => z.strictObject(lineSettings(z)),
  examples: [{ format: "combined", target: "access" }],
  targets: ({ target, format }) => ({ [target]: openFormat(format).fields }),
  open: async (config, context) => openStdin(config, context, process.stdin),
});
