export { type KafkaClient, kafkaClient, kafkaErrorType, kafkaProblem } from "./client.ts";
export { type ClusterConfig, clusterSettings, KAFKA_PACKAGES } from "./cluster_settings.ts";
export { isRefusedRecord } from "./refused_records.ts";
