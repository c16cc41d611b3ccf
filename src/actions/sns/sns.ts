import { type Action, defineAction, duration, secret } from "../../component/index.ts";
import { type ChannelContext, noticeSettings, tellingAction } from "../../notices/index.ts";
import { SnsChannel } from "./sns_channel.ts";
import type { SnsConfig } from "./sns_config.ts";

/** Publishes to an SNS topic. */
export const sns = defineAction<SnsConfig, ChannelContext>({
  name: "sns",
  summary: "Publishes to a topic of Amazon SNS, which mails, texts or calls its subscribers.",
  undo: "A message cannot be taken back; what it reports can, by the command that it names.",
  config: (z) => {
    const arn = z.string().regex(TOPIC_ARN, "the ARN of a topic was wanted, such as arn:aws:sns:ap-northeast-1:123456789012:attacks.");
    return z
      .strictObject({
        topic_arn: arn.optional().describe("The topic, by its ARN; its region is that of the ARN."),
        topic: z
          .string()
          .regex(/^[\w-]{1,256}$/, "a name of letters, digits, - and _ was wanted.")
          .optional()
          .describe("The topic by its name, instead of topic_arn; made when there is none. It wants region or endpoint."),
        region: z
          .string()
          .regex(/^[a-z0-9-]{1,40}$/)
          .optional()
          .describe("The region of a topic by name, such as ap-northeast-1."),
        endpoint: z
          .url({ protocol: /^https?$/ })
          .optional()
          .describe("Where the API is, where it is not at Amazon's own address."),
        access_key_id: secret(z)
          .optional()
          .describe("Without it the usual places are asked: environment, shared files, the role of the machine."),
        secret_access_key: secret(z).optional().describe("Goes with access_key_id."),
        escalate_after: duration(z, { minMs: 60_000, maxMs: 30 * 86_400_000 })
          .optional()
          .describe("When nobody has acknowledged it (`hotaka notify ack`) for so long, it is published to `escalate_topic_arn`."),
        escalate_topic_arn: arn.optional().describe("The topic for what nobody acknowledges; the same topic once more unless given."),
        ...noticeSettings(z),
      })
      .refine(({ topic_arn: topicArn, topic }) => (topicArn === undefined) !== (topic === undefined), {
        message: "exactly one of topic_arn and topic was wanted.",
      })
      .refine(({ topic, region, endpoint }) => topic === undefined || region !== undefined || endpoint !== undefined, {
        message: "topic was found without region or endpoint; one of them was wanted.",
      })
      .refine(({ access_key_id: id, secret_access_key: key }) => (id === undefined) === (key === undefined), {
        message: "one of access_key_id and secret_access_key was found; both or neither were wanted.",
      });
  },
  examples: [
    { topic_arn: "arn:aws:sns:ap-northeast-1:123456789012:attacks", subject: "block_host" },
    { topic: "attacks", region: "ap-northeast-1", subject: "${query}: ${host}", group_wait: "10s" },
    { topic: "attacks", endpoint: "http://127.0.0.1:5000" },
  ],
  open: async (config, context): Promise<Action> => tellingAction(config, context, new SnsChannel(config, context), config.escalate_after),
});

/** @see AWS, "Amazon Resource Names": partition, region, account, name; a FIFO topic ends with .fifo */
const TOPIC_ARN = /^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[\w-]{1,256}(?:\.fifo)?$/;
