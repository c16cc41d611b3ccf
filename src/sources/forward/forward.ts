import { defineSource, duration, secret, size } from "../../component/index.ts";
import { listenSettings, openProblem, tlsSetting } from "../listening.ts";
import { openForward } from "./forward_source.ts";

export const forward = defineSource({
  name: "forward",
  summary: "Receives events from Fluentd, Fluent Bit and fluent-logger by the forward protocol, and acknowledges them when they are safe.",
  config: (z) =>
    z
      .strictObject({
        ...listenSettings(z, 24_224),
        target: z
          .string()
          .min(1)
          .optional()
          .describe(
            "Target that receives all events. Without it the routes say where a tag goes; without any routes the tag of an event names its target.",
          ),
        remove_tag_prefix: z
          .string()
          .min(1)
          .optional()
          .describe(
            "Taken off tags, with the point behind it, before filters and routes see them. In the name of a target points become `_`.",
          ),
        shared_key: secret(z)
          .optional()
          .describe("Key that senders must know, as `shared_key` in Fluentd; a secret, env:NAME or file:PATH."),
        users: z
          .array(
            z.strictObject({
              name: z.string().min(1).max(255).describe("Name of the user."),
              password: secret(z).describe("Password; a secret, env:NAME or file:PATH."),
            }),
          )
          .max(1000)
          .default([])
          .describe("Users of whom one must be named by senders, beside the key. Empty: none is asked for."),
        hostname: z
          .string()
          .min(1)
          .max(255)
          .optional()
          .describe("What the daemon calls itself to senders, as `self_hostname` in Fluentd: hotaka@ and the name of the machine."),
        tls: tlsSetting(z).describe("Certificate and key for TLS. Without it nothing is encrypted."),
        udp_heartbeat: z.boolean().default(true).describe("Whether heartbeats by UDP are answered, on the same port."),
        connections_max: z.int().min(1).max(100_000).default(1000).describe("Connections at a time; more are refused and counted."),
        message_bytes_max: size(z, { minBytes: 1024, maxBytes: 1 << 30 })
          .prefault("64MB")
          .describe("Largest message; a connection that sends a larger one is ended and counted."),
        decompressed_bytes_max: size(z, { minBytes: 1024, maxBytes: 1 << 30 })
          .prefault("128MB")
          .describe("Most that a compressed message may hold; one with more is refused and counted."),
        buffer_bytes_max: size(z, { minBytes: 1 << 20 })
          .prefault("256MB")
          .describe("Memory for messages that are not whole yet, of all connections together."),
        message_timeout: duration(z, { minMs: 1000, maxMs: 3_600_000 })
          .prefault("1min")
          .describe("How long a message, or the handshake, may take from its first byte to its last."),
        idle_timeout: duration(z, { minMs: 1000 })
          .prefault("10min")
          .describe("After so long without a message a connection is ended; senders make a new one when they need it."),
      })
      .superRefine((config, context) => {
        const open = openProblem(config, config.shared_key !== undefined || config.tls?.client_ca !== undefined, "set shared_key");
        if (open !== undefined) context.addIssue({ code: "custom", path: ["listen"], message: open });
        if (config.users.length > 0 && config.shared_key === undefined) {
          context.addIssue({
            code: "custom",
            path: ["users"],
            message: "users are asked for only together with shared_key, which is missing.",
          });
        }
      }),
  examples: [
    { listen: "127.0.0.1:24224" },
    { listen: "0.0.0.0:24224", shared_key: "env:FORWARD_KEY", remove_tag_prefix: "apache" },
    {
      listen: "0.0.0.0:24224",
      shared_key: "file:/etc/hotaka/forward_key",
      tls: { cert: "server.pem", key: "server.key" },
      target: "access",
    },
  ],
  targets: ({ target }) => (target === undefined ? undefined : { [target]: "any" }),
  open: async (config, context) => openForward(config, context),
});
