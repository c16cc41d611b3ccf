import { defineSource } from "../../component/index.ts";
import { checkDestination, lineSettings, tagsOf, targetsOf } from "../line_settings.ts";
import { openStdin } from "./stdin_source.ts";

export const stdin = defineSource({
  name: "stdin",
  summary: "Reads lines from the standard input of the daemon, as of a pipe, until it ends.",
  config: (z) => z.strictObject(lineSettings(z)).superRefine(checkDestination),
  examples: [{ format: "combined", target: "access" }],
  targets: (config) => targetsOf(config),
  tags: (config) => tagsOf(config),
  open: async (config, context) => openStdin(config, context, process.stdin),
});
