import { defineSource, duration, secret, size } from "../../component/index.ts";
import { listenSettings, openProblem, tlsSetting } from "../listening.ts";
import { openHttp } from "./http_source.ts";

export const http = defineSource({
  name: "http",
  summary: "Receives events by HTTP POST, as JSON, NDJSON, LTSV or MessagePack, and answers when they are safe.",
  config: (z) =>
    z
      .strictObject({
        ...listenSettings(z, 9880),
        target: z
          .string()
          .min(1)
          .optional()
          .describe(
            "Target that receives all events. Without it the path is their tag (POST /web/access: web.access), and the routes say where it goes; without any routes the tag names the target: web_access.",
          ),
        tokens: z
          .array(secret(z))
          .max(1000)
          .default([])
          .describe("Senders must give one of these as `Authorization: Bearer ...`. Each is a secret, env:NAME or file:PATH."),
        tls: tlsSetting(z).describe("Certificate and key for HTTPS. Without it nothing is encrypted."),
        connections_max: z.int().min(1).max(100_000).default(1000).describe("Connections at a time; more are refused and counted."),
        body_bytes_max: size(z, { minBytes: 1024, maxBytes: 1 << 30 })
          .prefault("16MB")
          .describe("Largest body, as it is sent; a larger one is answered with 413 and counted."),
        decompressed_bytes_max: size(z, { minBytes: 1024, maxBytes: 1 << 30 })
          .prefault("64MB")
          .describe("Most that a compressed body may hold; one with more is answered with 413 and counted."),
        buffer_bytes_max: size(z, { minBytes: 1 << 20 })
          .prefault("256MB")
          .describe("Memory for bodies of all requests together; beyond it they are answered with 503 and counted."),
        request_timeout: duration(z, { minMs: 1000, maxMs: 3_600_000 })
          .prefault("30s")
          .describe("How long a request may take from its first byte to its last."),
      })
      .superRefine((config, context) => {
        const open = openProblem(config, config.tokens.length > 0 || config.tls?.client_ca !== undefined, "set tokens");
        if (open !== undefined) context.addIssue({ code: "custom", path: ["listen"], message: open });
      }),
  examples: [
    { listen: "127.0.0.1:9880" },
    { listen: "0.0.0.0:9880", tokens: ["env:HOTAKA_HTTP_TOKEN"], target: "app", tls: { cert: "server.pem", key: "server.key" } },
  ],
  targets: ({ target }) => (target === undefined ? undefined : { [target]: "any" }),
  open: async (config, context) => openHttp(config, context),
});
