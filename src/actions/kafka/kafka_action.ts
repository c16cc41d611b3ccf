import type { Producer } from "kafkajs";
import type { Action, ActionContext, ActionRow, BatchBounds, RowTemplate } from "../../component/index.ts";
import { type KafkaClient, kafkaErrorType, kafkaProblem } from "../../kafka/index.ts";
import { HotakaError } from "../../kit/index.ts";
import { type RowMessage, rowMessage } from "./row_message.ts";

export interface KafkaActionOptions {
  readonly topic: RowTemplate;
  /** The column of the key. */
  readonly key: string | undefined;
  readonly isCompressed: boolean;
  readonly batches: BatchBounds;
  /** How long the replicas may take. */
  readonly timeoutMs: number;
}

/**
 * Sends rows by a producer that numbers its messages, so that a broker knows one that is sent again because its answer was lost. A producer
 * that failed is given up: the numbers of what it could not send would otherwise be those of the rows that come next, and a broker that
 * has them already would take those for the same.
 */
export class KafkaAction implements Action {
  readonly batches: BatchBounds;
  readonly #client: KafkaClient;
  readonly #options: KafkaActionOptions;
  readonly #context: ActionContext;
  #producer: Promise<Producer> | undefined;

  constructor(client: KafkaClient, options: KafkaActionOptions, context: ActionContext) {
    this.batches = options.batches;
    this.#client = client;
    this.#options = options;
    this.#context = context;
  }

  async perform(row: ActionRow): Promise<string> {
    const [said = ""] = await this.performAll([row]);
    return said;
  }

  /** Where one partition did not take its rows, those of others are sent again with them, with the same headers. */
  async performAll(rows: readonly ActionRow[]): Promise<readonly string[]> {
    const messages = rows.map((row) => rowMessage(row, this.#options.topic, this.#options.key));
    if (this.#context.dryRun) return messages.map(({ topic }, at) => `would send a row of ${rows[at]!.query} to topic ${topic}`);
    await this.#send(messages);
    return messages.map(({ topic }, at) => `sent a row of ${rows[at]!.query} to topic ${topic}`);
  }

  async close(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    await producer?.then(async (one) => one.disconnect()).catch(() => {});
  }

  async #send(batch: readonly RowMessage[]): Promise<void> {
    const { library } = this.#client;
    const { isCompressed, timeoutMs } = this.#options;
    const topics = new Map<string, RowMessage[]>();
    for (const message of batch) {
      const ofTopic = topics.get(message.topic);
      if (ofTopic === undefined) topics.set(message.topic, [message]);
      else ofTopic.push(message);
    }
    try {
      const producer = await this.#connected();
      await producer.sendBatch({
        acks: ALL_IN_SYNC,
        timeout: timeoutMs,
        compression: isCompressed ? library.CompressionTypes.GZIP : library.CompressionTypes.None,
        topicMessages: [...topics].map(([topic, messages]) => ({ topic, messages })),
      });
    } catch (thrown) {
      // It is not waited for: what it still has to say may take as long as it likes.
      void this.close();
      const to = [...topics.keys()].join(", ");
      const sentence = `${this.#context.name}: topic ${to} did not take ${batch.length === 1 ? "a row" : `${batch.length} rows`}: ${kafkaProblem(thrown)}.`;
      const isHopeless = REFUSALS.has(kafkaErrorType(thrown) ?? "");
      throw new HotakaError(isHopeless ? "HOTAKA_ACTION_REFUSED" : "HOTAKA_ACTION_FAILED", sentence, { cause: thrown });
    }
  }

  async #connected(): Promise<Producer> {
    this.#producer ??= this.#connect();
    return this.#producer;
  }

  async #connect(): Promise<Producer> {
    const { kafka, library } = this.#client;
    const producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: library.Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    return producer;
  }
}

const ALL_IN_SYNC = -1;
/** What a broker says of rows that it will not take at any time: too large, or for a topic that has no name which is allowed. */
const REFUSALS: ReadonlySet<string> = new Set([
  "MESSAGE_TOO_LARGE",
  "RECORD_LIST_TOO_LARGE",
  "INVALID_TOPIC_EXCEPTION",
  "INVALID_RECORD",
  "INVALID_TIMESTAMP",
]);
