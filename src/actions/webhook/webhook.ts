import { batchSettings, defineAction, secret } from "../../component/index.ts";
import { HotakaError } from "../../kit/index.ts";
import { type ChannelContext, type NoticeSettings, noticeSettings, tellingAction } from "../../notices/index.ts";
import { type RowBody, WebhookAction, type WebhookBatchConfig, WebhookBatches } from "./webhook_action.ts";
import { WebhookChannel } from "./webhook_channel.ts";
import { type PostConfig, WebhookPost } from "./webhook_post.ts";

interface WebhookConfig extends PostConfig {
  readonly body: RowBody;
  readonly batch?: WebhookBatchConfig | undefined;
  readonly notice?: NoticeSettings | undefined;
}

/** Posts each row to an address of the user's own, or what people would be told. */
export const webhook = defineAction<WebhookConfig, ChannelContext>({
  name: "webhook",
  summary: "Posts each row as JSON to an address, signed as Standard Webhooks has it, until it is taken.",
  undo: "What the receiver did with a message is to be taken back there; every try for the same rows has the same `webhook-id`.",
  config: (z) =>
    z
      .strictObject({
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
        notice: z
          .strictObject(noticeSettings(z))
          .optional()
          .describe(
            "Posts what people would be told, gathered as by `mail` and `slack`, and not each row: `{type: hotaka.notice, timestamp, data}`. `notice: {}` takes the defaults.",
          ),
        batch: z
          .strictObject({
            ...batchSettings(z, { rowsMax: 100, bytesMax: 1 << 20 }),
            format: z
              .enum(["array", "ndjson"])
              .default("array")
              .describe("`array`: a list in JSON. `ndjson`: one a line, as `application/x-ndjson`."),
          })
          .optional()
          .describe(
            "Posts several rows at a time, each as `body` says, and signed as one. Without it each row is a message of its own. A batch that is refused with status 400, 413 or 422 is posted in halves, so that a row that cannot be taken is given up alone.",
          ),
        headers: z
          .record(z.string().regex(/^[A-Za-z0-9-]{1,64}$/), secret(z))
          .default({})
          .describe("Further headers, such as `authorization`; each a secret, env:NAME or file:PATH."),
      })
      .refine(({ body, notice }) => notice === undefined || body === "message", {
        message: "notice was found with body: row; a notice is always a message, so leave one of them out.",
      })
      .refine(({ batch, notice }) => batch === undefined || notice === undefined, {
        message: "batch was found with notice, which gathers rows already; leave one of them out.",
      }),
  examples: [
    { url: "https://hooks.example.com/hotaka", secret: "env:WEBHOOK_SECRET" },
    { url: "env:PAGER_URL", notice: { subject: "${query}: ${host}", group_wait: "10s" } },
    { url: "https://search.example.com/rows", body: "row", batch: { rows_max: 500, format: "ndjson" } },
    { url: "env:TICKETS_URL", body: "row", headers: { authorization: "file:/etc/hotaka/tickets_authorization" } },
  ],
  open: async (config, context) => {
    const post = new WebhookPost(config, context, addressOf(await config.url.read(context.folder), context.name));
    if (config.notice !== undefined) return tellingAction(config.notice, context, new WebhookChannel(post, context.route));
    const target = { post, body: config.body, dryRun: context.dryRun };
    return config.batch === undefined ? new WebhookAction(target) : new WebhookBatches(target, config.batch);
  },
});

function addressOf(written: string, name: string): URL {
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url?.protocol === "https:" || url?.protocol === "http:") return url;
  throw new HotakaError("HOTAKA_CONFIG_INVALID", `${name}: url is no address of the web; https://host/path was wanted.`);
}
