import type { Notes } from "./notes.ts";
import type { Section } from "./section.ts";
import { type Item, secret } from "./translate_sources.ts";

/** Translates an output to Kafka (`kafka2`, `rdkafka2`, `kafka_buffered`). Undefined, with a note, where no topic is named. */
export function kafkaOf(output: Section, tag: () => string, notes: Notes): Item | undefined {
  const brokers = output.list("brokers");
  const written = output.value("topic", "default_topic");
  if (brokers.length === 0) {
    notes.add("untranslated", output, "kafka: brokers were wanted; they are not looked up in ZooKeeper.");
    return undefined;
  }
  const topic = written === undefined ? tag() : written.replaceAll("${tag}", tag());
  notes.needless(
    output,
    [
      "required_acks",
      "ack_timeout",
      "max_send_retries",
      "use_event_time",
      "get_kafka_client_log",
      "output_data_type",
      "kafka_agg_max_bytes",
      "kafka_agg_max_messages",
      "max_send_limit_bytes",
      "discard_kafka_delivery_failed",
      "exclude_topic_key",
      "exclude_partition_key",
    ],
    "a row counts as sent when all replicas in sync have it, as JSON",
  );
  const format = output.all("format")[0]?.type ?? "json";
  if (format !== "json") notes.add("changed", output, `format ${format}: rows are sent as JSON.`);
  const [user, password, ca] = [output.value("username"), secret(output, "password"), output.value("ssl_ca_cert")];
  const mechanism = output.value("scram_mechanism");
  return {
    brokers,
    topic,
    ...one("client_id", output.value("client_id")),
    ...one("key", output.value("message_key_key", "partition_key_key")),
    ...(output.value("compression_codec") === "gzip" ? { compress: "gzip" } : {}),
    ...(ca === undefined ? {} : { tls: { ca } }),
    ...(user === undefined || password === undefined
      ? {}
      : {
          sasl: { mechanism: mechanism === undefined ? "plain" : `scram-${mechanism.replace(/^sha/, "sha-")}`, username: user, password },
        }),
  };
}

function one(name: string, value: string | undefined): Item {
  return value === undefined ? {} : { [name]: value };
}
