import type { SNSClient } from "@aws-sdk/client-sns";
import { HotakaError, messageOf, oneLine } from "../../kit/index.ts";
import { type Channel, type ChannelContext, type Notice, noticeText } from "../../notices/index.ts";
import type { SnsConfig } from "./sns_config.ts";
import { snsMessage, snsSubject } from "./sns_text.ts";

/** Publishes notices to a topic. */
export class SnsChannel implements Channel {
  readonly name: string;
  readonly #config: SnsConfig;
  readonly #context: ChannelContext;
  #client: SNSClient | undefined;
  #topicArn: string | undefined;

  constructor(config: SnsConfig, context: ChannelContext) {
    this.#config = config;
    this.#context = context;
    this.#topicArn = config.topic_arn;
    this.name = `sns ${config.topic ?? config.topic_arn ?? ""}`;
  }

  async send(notice: Notice): Promise<string> {
    try {
      const client = await this.#open();
      const isEscalation = notice.unacknowledgedMs !== undefined;
      const { escalate_topic_arn: escalateArn } = this.#config;
      const arn = (isEscalation ? escalateArn : undefined) ?? (await this.#topic(client));
      const { PublishCommand } = await import("@aws-sdk/client-sns");
      const Subject = snsSubject(isEscalation ? `Unacknowledged: ${notice.subject}` : notice.subject);
      // A FIFO topic keeps what has the same id from going out twice, and keeps the order of a group.
      const fifo = arn.endsWith(".fifo")
        ? { MessageGroupId: "hotaka", MessageDeduplicationId: `${notice.id}-${isEscalation ? 1 : 0}-${Math.round(notice.fromMs)}` }
        : {};
      const { MessageId } = await client.send(
        new PublishCommand({
          TopicArn: arn,
          Subject,
          Message: snsMessage(noticeText(notice)),
          MessageAttributes: { query: { DataType: "String", StringValue: oneLine(notice.query, 200) } },
          ...fifo,
        }),
      );
      return `published "${Subject}" to ${arn} as ${MessageId ?? "a message"}.`;
    } catch (thrown) {
      if (thrown instanceof HotakaError) throw thrown;
      const reason = oneLine(thrown instanceof Error ? `${thrown.name}: ${messageOf(thrown)}` : messageOf(thrown), 400).replace(/\.$/, "");
      throw new HotakaError("HOTAKA_ACTION_FAILED", `${this.name} did not take the message: ${reason}.`, { cause: thrown });
    }
  }

  async close(): Promise<void> {
    this.#client?.destroy();
  }

  /** The library is loaded when the first message is sent: who publishes nothing does not wait for it. */
  async #open(): Promise<SNSClient> {
    if (this.#client !== undefined) return this.#client;
    const { access_key_id: id, secret_access_key: key, endpoint, region } = this.#config;
    const { SNSClient: Client } = await import("@aws-sdk/client-sns");
    const { folder } = this.#context;
    const credentials =
      id === undefined || key === undefined
        ? {}
        : { credentials: { accessKeyId: await id.read(folder), secretAccessKey: await key.read(folder) } };
    this.#client = new Client({
      region: this.#topicArn?.split(":")[3] ?? region ?? "us-east-1",
      ...(endpoint === undefined ? {} : { endpoint }),
      ...credentials,
      // The outbox tries again, with longer waits; here only what is over in a moment.
      maxAttempts: 2,
      requestHandler: { connectionTimeout: CONNECT_MS_MAX, requestTimeout: ANSWER_MS_MAX },
    });
    return this.#client;
  }

  /** Making a topic that is there gives its ARN, so the name alone is enough. */
  async #topic(client: SNSClient): Promise<string> {
    if (this.#topicArn !== undefined) return this.#topicArn;
    const { CreateTopicCommand } = await import("@aws-sdk/client-sns");
    const { TopicArn } = await client.send(new CreateTopicCommand({ Name: this.#config.topic }));
    if (TopicArn === undefined) throw new HotakaError("HOTAKA_ACTION_FAILED", `${this.name} has no ARN.`);
    this.#topicArn = TopicArn;
    return TopicArn;
  }
}

const CONNECT_MS_MAX = 5000;
const ANSWER_MS_MAX = 10_000;
