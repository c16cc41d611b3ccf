import { type Action, defineAction, duration, secret } from "../../component/index.ts";
import { noticeSettings, tellingAction } from "../../notices/index.ts";
import { SlackButtons } from "./slack_buttons.ts";
import { SlackChannel } from "./slack_channel.ts";
import type { SlackConfig, SlackContext } from "./slack_config.ts";

/** Posts to Slack, with buttons that act. */
export const slack = defineAction<SlackConfig, SlackContext>({
  name: "slack",
  summary: "Posts to Slack, by a webhook or as an app, with buttons that approve, unblock and acknowledge.",
  undo: "A message cannot be taken back; its Unblock button, or the command that it names, takes back what it reports.",
  config: (z) =>
    z
      .strictObject({
        webhook: secret(z).optional().describe("Address of an incoming webhook, or env:NAME or file:PATH. Whoever knows it can post."),
        token: secret(z).optional().describe("Bot token of an app (xoxb-...) with the right chat:write, or env:NAME or file:PATH."),
        channel: z.string().min(1).max(80).optional().describe("With token: the channel to post to, #name or its id."),
        signing_secret: secret(z).optional().describe("Signing secret of the app. With it messages have buttons."),
        hook: z
          .string()
          .regex(/^[a-z0-9_]{1,64}$/, "a name of small letters, digits and _ was wanted.")
          .default("slack")
          .describe("The app sends what is pressed to /v1/hooks/NAME of the API, through a proxy whose name is in `server.hosts`."),
        users: z
          .array(z.string().regex(/^[UW][A-Z0-9]{2,20}$/, "an id of a Slack user was wanted, such as U012AB3CD."))
          .max(1000)
          .default([])
          .describe("Users whose presses count; those of everybody in the channel unless given."),
        approve_for: duration(z, { minMs: 1000 })
          .prefault("1h")
          .describe(
            "For how long the Approve button blocks what was only detected. What was held back is blocked for as long as it was asked.",
          ),
        api_url: z
          .url({ protocol: /^https?$/ })
          .default("https://slack.com/api")
          .describe("Where the API of Slack is."),
        escalate_after: duration(z, { minMs: 60_000, maxMs: 30 * 86_400_000 })
          .optional()
          .describe("When nobody has acknowledged it for so long, by the button or `hotaka notify ack`, it is posted again."),
        escalate_mention: z
          .string()
          .regex(/^<[!@][\w^-]{1,40}>$/, "a mention was wanted, such as <!channel>, <!here> or <@U012AB3CD>.")
          .optional()
          .describe("Whom to call when nobody acknowledges: <!channel>, <!here> or <@USER>."),
        ...noticeSettings(z),
      })
      .refine(({ webhook, token }) => (webhook === undefined) !== (token === undefined), {
        message: "exactly one of webhook and token was wanted.",
      })
      .refine(({ token, channel }) => (token === undefined) === (channel === undefined), {
        message: "one of token and channel was found; they go together.",
      }),
  examples: [
    { webhook: "env:SLACK_WEBHOOK" },
    {
      token: "env:SLACK_TOKEN",
      channel: "#ops",
      signing_secret: "env:SLACK_SIGNING_SECRET",
      users: ["U012AB3CD"],
      escalate_after: "15min",
      escalate_mention: "<!channel>",
    },
  ],
  open: async (config, context): Promise<Action> => {
    const buttons = config.signing_secret === undefined || context.dryRun ? undefined : new SlackButtons(config, context);
    return tellingAction(config, context, new SlackChannel(config, context, buttons), config.escalate_after);
  },
});
