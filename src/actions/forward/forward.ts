import { hostname } from "node:os";
import {
  batchBounds,
  type BatchConfig,
  batchSettings,
  clientTls,
  type ClientTlsConfig,
  clientTlsSetting,
  defineAction,
  duration,
  hostAndPort,
  type RowTemplate,
  type Secret,
  secret,
  template,
} from "../../component/index.ts";
import type { ClientKeys } from "./client_handshake.ts";
import { ForwardAction, type ForwardServer } from "./forward_action.ts";

interface ForwardConfig {
  readonly servers: readonly ForwardServer[];
  readonly tag: RowTemplate;
  readonly shared_key?: Secret | undefined;
  readonly username?: string | undefined;
  readonly password?: Secret | undefined;
  readonly hostname?: string | undefined;
  readonly tls?: ClientTlsConfig | undefined;
  readonly compress: "gzip" | "none";
  readonly ack: boolean;
  /** Milliseconds, as those below. */
  readonly ack_timeout: number;
  readonly connect_timeout: number;
  readonly heartbeat_interval: number;
  readonly batch: BatchConfig;
}

/** Sends rows to Fluentd, Fluent Bit or another Hotaka. */
export const forward = defineAction<ForwardConfig>({
  name: "forward",
  summary: "Sends each row to Fluentd, Fluent Bit or another Hotaka by the Forward protocol, until it is acknowledged.",
  undo: "What became of a row is to be taken back where it was sent; every try for the same rows has the same chunk id.",
  config: (z) =>
    z
      .strictObject({
        servers: z
          .array(
            z.strictObject({
              address: hostAndPort(z).describe("Where it listens, most often at port 24224."),
              weight: z.int().min(1).max(1000).default(60).describe("How often it is sent to, beside the weights of the others."),
              standby: z.boolean().default(false).describe("Whether it is sent to only while none of the others is up."),
            }),
          )
          .min(1)
          .max(100)
          .describe("Servers of which one gets a row. Where one fails the next is tried at once."),
        tag: template(z).prefault("${query}").describe("Tag of a row; ${query} and ${field} stand for its query and its columns."),
        shared_key: secret(z).optional().describe("Key that the servers ask for; a secret, env:NAME or file:PATH."),
        username: z.string().min(1).max(255).optional().describe("User, where the servers ask for one."),
        password: secret(z).optional().describe("Password of the user; a secret, env:NAME or file:PATH."),
        hostname: z
          .string()
          .min(1)
          .max(255)
          .optional()
          .describe("What the daemon calls itself to servers, as `self_hostname` in Fluentd: the name of the machine and `-hotaka`."),
        tls: clientTlsSetting(z),
        compress: z.enum(["gzip", "none"]).default("none").describe("Whether rows are compressed."),
        ack: z
          .boolean()
          .default(true)
          .describe("Whether a row counts as sent only when the server says that it has it. Without it a row may be lost on the way."),
        ack_timeout: duration(z, { minMs: 1000 }).prefault("30s").describe("How long a server may take to acknowledge."),
        connect_timeout: duration(z, { minMs: 100 }).prefault("10s").describe("How long a connection, or the handshake, may take."),
        heartbeat_interval: duration(z, { minMs: 100 })
          .prefault("10s")
          .describe("How often a server that failed is connected to, to see whether it is there again."),
        batch: z
          .strictObject(batchSettings(z, { rowsMax: 1000, bytesMax: 1 << 20 }))
          .prefault({})
          .describe("How many rows are sent at a time; those of one tag are one message."),
      })
      .superRefine(({ username, password, shared_key: key }, context) => {
        const issue = (path: string, message: string): void => context.addIssue({ code: "custom", path: [path], message });
        if ((username === undefined) !== (password === undefined)) issue("username", "username and password go together.");
        if (username !== undefined && key === undefined)
          issue("username", "a user is asked for only together with shared_key, which is missing.");
      }),
  examples: [
    { servers: [{ address: "127.0.0.1:24224" }] },
    {
      servers: [
        { address: "log1.example.com:24224" },
        { address: "log2.example.com:24224" },
        { address: "spare.example.com:24224", standby: true },
      ],
      tag: "norikra.query.${query}",
      shared_key: "env:FORWARD_KEY",
      tls: { ca: "ca.pem" },
      compress: "gzip",
    },
  ],
  open: async (config, context) =>
    new ForwardAction(
      {
        servers: config.servers,
        tag: config.tag,
        isCompressed: config.compress === "gzip",
        isAcknowledged: config.ack,
        heartbeatMs: config.heartbeat_interval,
        batches: batchBounds(config.batch),
        peer: {
          keys: await keysOf(config, context.folder),
          tls: await clientTls(config.tls, { ...context, code: "HOTAKA_ACTION_FAILED" }),
          clock: context.clock,
          connectTimeoutMs: config.connect_timeout,
          ackTimeoutMs: config.ack_timeout,
        },
      },
      context,
    ),
});

async function keysOf(config: ForwardConfig, folder: string): Promise<ClientKeys | undefined> {
  if (config.shared_key === undefined) return undefined;
  return {
    hostname: config.hostname ?? `${hostname()}-hotaka`,
    sharedKey: await config.shared_key.read(folder),
    username: config.username ?? "",
    password: (await config.password?.read(folder)) ?? "",
  };
}
