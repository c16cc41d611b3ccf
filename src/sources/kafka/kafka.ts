import { defineSource, duration, size } from "../../component/index.ts";
import { formatSetting } from "../format_setting.ts";
import { clusterSettings, KAFKA_PACKAGES } from "../../kafka/index.ts";
import { checkDestination, destinationSettings, tagsOf, targetsOf } from "../line_settings.ts";
import { type KafkaSourceConfig, openKafka } from "./kafka_source.ts";

export const kafka = defineSource<KafkaSourceConfig>({
  name: "kafka",
  summary: "Reads topics of Kafka as a member of a group; every record is in the windows once, also after a crash.",
  needs: KAFKA_PACKAGES,
  config: (z) =>
    z
      .strictObject({
        ...clusterSettings(z),
        topics: z
          .array(
            z.string().regex(/^[A-Za-z0-9._-]{1,249}$/, "the name of a topic was wanted: letters, digits, points, dashes and underscores."),
          )
          .min(1)
          .max(1000)
          .transform((topics) => [...new Set(topics)])
          .describe("Topics that are read. One that is not there is told, and waited for while the others are read."),
        group: z
          .string()
          .min(1)
          .max(200)
          .default("hotaka")
          .describe(
            "Group that it is a member of. Several daemons of one group share the partitions, so each sees a part of the events; where each " +
              "should see all of them, each needs a group of its own.",
          ),
        format: z
          .union([z.literal("msgpack"), formatSetting(z)])
          .prefault("json")
          .describe(
            "What the values look like: `msgpack`, a map each, or a format of lines, as `csv: { columns: [host, path] }`. Of a format that learns " +
              "its fields from the events, such as json, a value is an event; of others each line in it is.",
          ),
        ...destinationSettings(z),
        tag: destinationSettings(z).tag.describe(
          "Tag of the events, in place of `target`: filters that fit it are passed, and the routes say which target it goes to. A * in it " +
            "stands for the topic.",
        ),
        from: z
          .enum(["end", "start"])
          .default("end")
          .describe("Where to begin with a partition of which neither a checkpoint nor the group knows anything."),
        record_bytes_max: size(z, { minBytes: 1024, maxBytes: 64 << 20 })
          .prefault("1MB")
          .describe("Largest value that is taken; a larger one is skipped and counted."),
        fetch_bytes_max: size(z, { minBytes: 64 << 10, maxBytes: 256 << 20 })
          .prefault("8MB")
          .describe("How much a broker is asked for at a time, and so about how much is held in memory. A larger batch is sent whole."),
        session_timeout: duration(z, { minMs: 500, maxMs: 600_000 })
          .prefault("10s")
          .describe(
            "After how long without a sign of life the brokers give its partitions to others of the group, and after a crash to itself; they " +
              "allow 6 seconds to 30 minutes unless they are told otherwise.",
          ),
      })
      .superRefine(checkDestination),
  examples: [
    { brokers: ["kafka1.example.com:9092"], topics: ["access"], target: "access" },
    {
      brokers: ["kafka1.example.com:9093", "kafka2.example.com:9093"],
      topics: ["nginx", "haproxy"],
      group: "hotaka-blocking",
      format: "combined",
      tag: "logs.*",
      from: "start",
      tls: {},
      sasl: { mechanism: "scram-sha-512", username: "hotaka", password: "file:kafka.password" },
    },
  ],
  targets: ({ target, format, tag }) => {
    if (tag?.includes("*") === true) return undefined;
    if (format !== "msgpack") return targetsOf({ target, tag, format });
    return target === undefined ? undefined : { [target]: "timed" };
  },
  tags: ({ tag, format }) => (format === "msgpack" || tag?.includes("*") === true ? {} : tagsOf({ tag, format })),
  open: async (config, context) => openKafka(config, context),
});
