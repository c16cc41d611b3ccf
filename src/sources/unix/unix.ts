import { defineSource, duration } from "../../component/index.ts";
import { checkDestination, lineSettings, tagsOf, targetsOf } from "../line_settings.ts";
import { openUnix } from "./unix_source.ts";

export const unix = defineSource({
  name: "unix",
  summary: "Receives lines over a Unix socket, from programs of the same machine.",
  config: (z) =>
    z
      .strictObject({
        path: z.string().min(1).max(100).describe("The socket, made at start. A relative path starts at the folder of the settings file."),
        mode: z
          .string()
          .regex(/^0?[0-7]{3}$/, "the rights of a file as three octal digits, such as 660, were wanted.")
          .default("600")
          .describe("Who may send: the rights of the socket."),
        ...lineSettings(z),
        connections_max: z.int().min(1).max(100_000).default(1000).describe("Connections at a time; more are refused and counted."),
        line_timeout: duration(z, { minMs: 1000 })
          .prefault("1min")
          .describe("A connection is ended when a line that has begun does not end for so long."),
      })
      .superRefine(checkDestination),
  examples: [{ path: "/run/hotaka/app.sock", format: "none", target: "app" }],
  targets: (config) => targetsOf(config),
  tags: (config) => tagsOf(config),
  open: async (config, context) => openUnix(config, context),
});
