import { defineSource, duration } from "../../component/index.ts";
import { checkDestination, lineSettings, tagsOf, targetsOf } from "../line_settings.ts";
import { openCommand } from "./command_source.ts";

export const command = defineSource({
  name: "command",
  summary: "Reads the lines of a program that runs on, such as journalctl -f -o json, and starts it again when it ends.",
  config: (z) =>
    z
      .strictObject({
        run: z
          .array(z.string().max(10_000))
          .min(1)
          .max(1000)
          .describe("The program and its arguments, one item each. There is no shell, so nothing is expanded or quoted."),
        ...lineSettings(z),
        environment: z
          .record(z.string().min(1), z.string())
          .default({})
          .describe("Variables that the program gets beside those of the daemon."),
        restart: z
          .enum(["always", "never"])
          .default("always")
          .describe("Whether the program is started again when it ends; never: the source is then at its end."),
        restart_wait_max: duration(z, { minMs: 100, maxMs: 3_600_000 })
          .prefault("1min")
          .describe("Longest wait before it is started again; the first is a second, and each is twice the one before."),
        stop_wait: duration(z, { minMs: 0, maxMs: 600_000 })
          .prefault("5s")
          .describe("How long the program may take to end after SIGTERM; then it gets SIGKILL."),
      })
      .superRefine(checkDestination),
  examples: [
    { run: ["journalctl", "-f", "-o", "cat", "-u", "ssh"], format: "none", target: "auth" },
    { run: ["kubectl", "logs", "-f", "--tail=0", "deploy/web"], format: "combined", target: "access" },
  ],
  targets: (config) => targetsOf(config),
  tags: (config) => tagsOf(config),
  open: async (config, context) => openCommand(config, context),
});
