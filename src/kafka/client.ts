import { createRequire } from "node:module";
import type { Kafka, LogEntry, SASLOptions } from "kafkajs";
import { clientTls, missingPackage } from "../component/index.ts";
import { HotakaError, type Log } from "../kit/index.ts";
import { type ClusterConfig, KAFKA_PACKAGES, type SaslConfig } from "./cluster_settings.ts";
import { type KafkaLibrary, registerCodecs } from "./codecs.ts";

/** The client and the package that it is of. */
export interface KafkaClient {
  readonly kafka: Kafka;
  readonly library: KafkaLibrary;
}

export interface KafkaClientOptions {
  /** Where the settings stand: `sources[0] (kafka)`. */
  readonly name: string;
  readonly folder: string;
  readonly log: Log;
  /** For what is wrong with the settings. */
  readonly code: "HOTAKA_ACTION_FAILED" | "HOTAKA_SOURCE_OPEN";
}

/**
 * Loads the package and makes a client, which connects when it is used. Throws HOTAKA_PACKAGE_MISSING, HOTAKA_SECRET_MISSING,
 * and `code` for a file of `tls` that cannot be read.
 */
export async function kafkaClient(config: ClusterConfig, options: KafkaClientOptions): Promise<KafkaClient> {
  const { name, log } = options;
  for (const needed of KAFKA_PACKAGES) {
    const missing = missingPackage("kafka", needed);
    if (missing !== undefined) throw new HotakaError("HOTAKA_PACKAGE_MISSING", `${name}: ${missing}`);
  }
  const ssl = await clientTls(config.tls, options);
  const sasl = await saslOf(config.sasl, options.folder);
  // Its names are not all seen by `import()`, as it is a module of CommonJS.
  const library = createRequire(import.meta.url)("kafkajs") as KafkaLibrary;
  registerCodecs(library);
  const kafka = new library.Kafka({
    clientId: config.client_id,
    brokers: config.brokers.map(({ host, port }) => `${host}:${port}`),
    ...(ssl === undefined ? {} : { ssl }),
    ...(sasl === undefined ? {} : { sasl }),
    connectionTimeout: config.connect_timeout,
    authenticationTimeout: config.connect_timeout,
    requestTimeout: config.request_timeout,
    enforceRequestTimeout: true,
    retry: RETRY,
    logLevel: library.logLevel.INFO,
    // What matters is told in sentences of our own; the rest is for who looks for a fault.
    logCreator: () => (entry) => log.debug(`${name}: ${logLine(entry)}`),
  });
  return { kafka, library };
}

/** What went wrong, in words, without a full stop: the cause, where the client wraps it in how often it tried. */
export function kafkaProblem(thrown: unknown): string {
  const texts: string[] = [];
  for (let error = thrown; error instanceof Error && texts.length < CAUSES_MAX; error = error.cause) texts.push(error.message);
  const text = texts.at(-1) ?? String(thrown);
  return text.replace(/^Connection error: /, "").replace(/\.$/, "");
}

/** What a broker answered, as the protocol calls it: `MESSAGE_TOO_LARGE`. Undefined where it was something else that went wrong. */
export function kafkaErrorType(thrown: unknown): string | undefined {
  let error = thrown;
  for (let causes = 0; error instanceof Error && causes < CAUSES_MAX; causes++) {
    if ("type" in error && typeof error.type === "string") return error.type;
    error = error.cause;
  }
  return undefined;
}

async function saslOf(config: SaslConfig | undefined, folder: string): Promise<SASLOptions | undefined> {
  if (config === undefined) return undefined;
  return { mechanism: config.mechanism, username: config.username, password: await config.password.read(folder) };
}

function logLine({ namespace, log: { message, error } }: LogEntry): string {
  const detail = typeof error === "string" && error !== message ? `: ${error}` : "";
  return `${namespace}: ${message}${detail}`;
}

/** Short: who uses the client tries again by itself, and tells of it. */
const RETRY = { initialRetryTime: 100, maxRetryTime: 2000, retries: 4 };
const CAUSES_MAX = 5;
