import { Kafka, logLevel } from "kafkajs";
import { until } from "../peer.ts";

export interface Consumed {
  readonly key: string | undefined;
  readonly value: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly timestamp: number;
  readonly partition: number;
}

/** The messages of a topic from its beginning, when there are `count`. */
export async function consumed(broker: string, topic: string, count: number): Promise<Consumed[]> {
  const kafka = new Kafka({ brokers: [broker], logLevel: logLevel.NOTHING, retry: { retries: 20, initialRetryTime: 50 } });
  const consumer = kafka.consumer({ groupId: `test ${topic} ${count}`, maxWaitTimeInMs: 100 });
  const found: Consumed[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachMessage: async ({ message, partition }) => {
      const headers = Object.fromEntries(Object.entries(message.headers ?? {}).map(([name, value]) => [name, String(value)]));
      const { key, value, timestamp } = message;
      found.push({ key: key?.toString(), value: value?.toString(), headers, timestamp: Number(timestamp), partition });
    },
  });
  await until(() => found.length >= count);
  await consumer.disconnect();
  return found;
}
