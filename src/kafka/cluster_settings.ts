import {
  type ClientTlsConfig,
  clientTlsSetting,
  duration,
  type HostAndPort,
  hostAndPortOf,
  type NeededPackage,
  type Secret,
  secret,
  worded,
  type Zod,
} from "../component/index.ts";

/** How a cluster of Kafka is reached, as the schema makes it. */
export interface ClusterConfig {
  readonly brokers: readonly HostAndPort[];
  readonly client_id: string;
  readonly tls?: ClientTlsConfig | undefined;
  readonly sasl?: SaslConfig | undefined;
  /** Milliseconds, as the next. */
  readonly connect_timeout: number;
  readonly request_timeout: number;
}

export interface SaslConfig {
  readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512";
  readonly username: string;
  readonly password: Secret;
}

/** What has to be installed beside Hotaka. */
export const KAFKA_PACKAGES: readonly NeededPackage[] = [{ name: "kafkajs", version: "2.2.4" }];

/** Settings that say how a cluster is reached, to be part of a strict object. */
export function clusterSettings(z: Zod) {
  return {
    brokers: z
      .array(brokerSetting(z))
      .min(1)
      .max(100)
      .describe("Brokers that are asked which others there are; a few of them are enough. Most often at port 9092."),
    client_id: z.string().min(1).max(200).default("hotaka").describe("What the daemon calls itself to brokers, for their logs and quotas."),
    tls: clientTlsSetting(z),
    sasl: z
      .strictObject({
        mechanism: z
          .enum(["plain", "scram-sha-256", "scram-sha-512"])
          .default("scram-sha-512")
          .describe("How the password is shown. `plain` tells it as it is, and so is for TLS."),
        username: z.string().min(1).max(255).describe("User that the brokers know."),
        password: secret(z).describe("Password of the user; a secret, env:NAME or file:PATH."),
      })
      .optional()
      .describe("User and password, where the brokers ask for one (SASL)."),
    connect_timeout: duration(z, { minMs: 100, maxMs: 600_000 }).prefault("10s").describe("How long a connection may take."),
    request_timeout: duration(z, { minMs: 1000, maxMs: 600_000 }).prefault("30s").describe("How long a broker may take to answer."),
  };
}

function brokerSetting(z: Zod) {
  return worded(z, "host:port, such as kafka1.example.com:9092", (text) => {
    const read = hostAndPortOf(text);
    if (read === undefined || "wrong" in read) return read;
    if (read.value.port === 0) return { wrong: "a port from 1 to 65535 was wanted" };
    return read.value.host.includes(":") ? { wrong: "a name was wanted for an address of IPv6, as the client splits it at a colon" } : read;
  });
}
