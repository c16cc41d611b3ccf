import { type Action, type ActionContext, type ActionRow, defineAction, type Secret, secret } from "../../component/index.ts";
import { rowToJson } from "../../event/index.ts";
import { HotakaError } from "../../kit/index.ts";
import { postJson } from "../post_json.ts";
import { messageId, signedHeaders } from "./signature.ts";

interface WebhookConfig {
  readonly url: Secret;
  readonly secret?: Secret | undefined;
  readonly old_secret?: Secret | undefined;
  readonly body: "message" | "row";
  readonly headers: Readonly<Record<string, Secret>>;
}

/** Posts each row to an address of the user's own. */
export const webhook = defineAction<WebhookConfig>({
  name: "webhook",
  summary: "Posts each row as JSON to an address, signed as Standard Webhooks has it, until it is taken.",
  undo: "What the receiver did with a row is to be taken back there; every try for a row has the same `webhook-id`.",
  config: (z) =>
    z.strictObject({
      url: secret(z).describe("Where to post, or env:NAME or file:PATH, as an address may be as good as a password. http or https."),
      secret: secret(z)
        .optional()
        .describe(
          "Signs each message by HMAC-SHA256 over id, time and body: `whsec_` and base64, or any text. Without it nothing is signed.",
        ),
      old_secret: secret(z).optional().describe("Signs as well, while receivers change over to a new `secret`."),
      body: z
        .enum(["message", "row"])
        .default("message")
        .describe(
          "What is posted: `message` is `{type, timestamp, data: {query, key, row}}`, `row` the row alone, its columns as they are selected.",
        ),
      headers: z
        .record(z.string().regex(/^[A-Za-z0-9-]{1,64}$/), secret(z))
        .default({})
        .describe("Further headers, such as `authorization`; each a secret, env:NAME or file:PATH."),
    }),
  examples: [
    { url: "https://hooks.example.com/hotaka", secret: "env:WEBHOOK_SECRET" },
    { url: "env:TICKETS_URL", body: "row", headers: { authorization: "file:/etc/hotaka/tickets_authorization" } },
  ],
  open: async (config, context) => new WebhookAction(config, context, addressOf(await config.url.read(context.folder), context.name)),
});

class WebhookAction implements Action {
  readonly #config: WebhookConfig;
  readonly #context: ActionContext;
  readonly #url: URL;

  constructor(config: WebhookConfig, context: ActionContext, url: URL) {
    this.#config = config;
    this.#context = context;
    this.#url = url;
  }

  async perform(row: ActionRow): Promise<string> {
    const id = messageId(row.key);
    if (this.#context.dryRun) return `would post a row of ${row.query} to ${this.#url.host} as ${id}`;
    const { clock } = this.#context;
    const text = this.#config.body === "row" ? rowToJson(row.row) : messageOf(row);
    const signed = signedHeaders({ id, timestampMs: clock.nowMs(), body: text, secrets: await this.#secrets() });
    await postJson(
      { service: `The webhook at ${this.#url.host}`, url: this.#url.href, text, headers: { ...(await this.#headers()), ...signed } },
      clock,
    );
    return `posted a row of ${row.query} to ${this.#url.host} as ${id}`;
  }

  async close(): Promise<void> {}

  /** Read for each message: a secret that is changed in its file is taken up without a restart. */
  async #secrets(): Promise<string[]> {
    const { secret: current, old_secret: old } = this.#config;
    return Promise.all([current, old].flatMap((each) => (each === undefined ? [] : [each.read(this.#context.folder)])));
  }

  async #headers(): Promise<Record<string, string>> {
    const read = Object.entries(this.#config.headers).map(async ([name, value]) => [name, await value.read(this.#context.folder)] as const);
    return Object.fromEntries(await Promise.all(read));
  }
}

function messageOf({ query, key, timeMs, row }: ActionRow): string {
  const head = JSON.stringify({ type: "hotaka.row", timestamp: new Date(timeMs).toISOString(), data: { query, key } });
  return `${head.slice(0, -2)},"row":${rowToJson(row)}}}`;
}

function addressOf(written: string, name: string): URL {
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url?.protocol === "https:" || url?.protocol === "http:") return url;
  throw new HotakaError("HOTAKA_CONFIG_INVALID", `${name}: url is no address of the web; https://host/path was wanted.`);
}
