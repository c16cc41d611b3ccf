import { type BatchConfig, batchBounds, batchSettings, defineAction, type RowTemplate, template } from "../../component/index.ts";
import { type ClusterConfig, clusterSettings, KAFKA_PACKAGES, kafkaClient } from "../../kafka/index.ts";
import { KafkaAction } from "./kafka_action.ts";

interface KafkaConfig extends ClusterConfig {
  readonly topic: RowTemplate;
  readonly key?: string | undefined;
  readonly compress: "gzip" | "none";
  readonly batch: BatchConfig;
}

/** Sends rows to Kafka. */
export const kafka = defineAction<KafkaConfig>({
  name: "kafka",
  summary: "Sends each row to a topic of Kafka as JSON, until all replicas in sync have it.",
  undo: "A message stays until its topic lets go of it; every one has the key of its row in the header `hotaka-key`, the same at every try.",
  needs: KAFKA_PACKAGES,
  config: (z) =>
    z.strictObject({
      ...clusterSettings(z),
      topic: template(z).describe("Topic of a row, which is there already; ${query} and ${field} stand for its query and its columns."),
      key: z
        .string()
        .min(1)
        .max(256)
        .optional()
        .describe(
          "Column whose value is the key of the message, so that rows of one value stay in order, in one partition. Without it, or where " +
            "the row lacks it, there is none.",
        ),
      compress: z.enum(["gzip", "none"]).default("none").describe("Whether messages are compressed, all of a batch together."),
      batch: z
        .strictObject(batchSettings(z, { rowsMax: 1000, bytesMax: 512 << 10 }))
        .prefault({})
        .describe("How many rows are sent together. A broker takes no more than `message.max.bytes`, 1 MB by default, of them."),
    }),
  examples: [
    { brokers: ["kafka1.example.com:9092"], topic: "blocks" },
    {
      brokers: ["kafka1.example.com:9093", "kafka2.example.com:9093"],
      topic: "hotaka.${query}",
      key: "host",
      compress: "gzip",
      batch: { linger: "1s" },
      tls: { ca: "ca.pem" },
      sasl: { username: "hotaka", password: "env:KAFKA_PASSWORD" },
    },
  ],
  open: async (config, context) => {
    const client = await kafkaClient(config, { ...context, code: "HOTAKA_ACTION_FAILED" });
    const { topic, key, compress, request_timeout: timeoutMs } = config;
    return new KafkaAction(
      client,
      { topic, key, isCompressed: compress === "gzip", batches: batchBounds(config.batch), timeoutMs },
      context,
    );
  },
});
