import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { type Admin, Kafka, logLevel, Partitioners, type Producer } from "kafkajs";
import { wallClock } from "../../../src/kit/index.ts";
import { freePort } from "../../e2e/free_port.ts";
import { makeCertificate } from "../certificate.ts";

/** A user that the broker's secured listener knows. */
export const KAFKA_USER = { username: "hotaka", password: "correct horse" };

/**
 * A broker of Apache Kafka, alone and in a folder of its own, fetched by Maven where it is not in the cache. It listens twice: for everybody,
 * and by TLS for who knows the password of `KAFKA_USER`.
 */
export class KafkaBroker {
  readonly address: string;
  /** Where TLS and a password are asked for, by PLAIN or SCRAM-SHA-512. */
  readonly securedAddress: string;
  /** The file with the certificate of the secured listener; undefined where there is no openssl to make it, and no such listener. */
  readonly certificate: string | undefined;
  readonly #folder: string;
  readonly #libraries: string;
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  #producer: Producer | undefined;
  #process: ChildProcess | undefined;

  private constructor(folder: string, libraries: string, ports: { readonly open: number; readonly secured: number }) {
    this.#folder = folder;
    this.#libraries = libraries;
    this.address = `127.0.0.1:${ports.open}`;
    this.securedAddress = `127.0.0.1:${ports.secured}`;
    this.certificate = existsSync(join(folder, "cert.pem")) ? join(folder, "cert.pem") : undefined;
    this.#kafka = new Kafka({ brokers: [this.address], logLevel: logLevel.NOTHING, retry: { retries: 10, initialRetryTime: 50 } });
    this.#admin = this.#kafka.admin();
  }

  /** A broker at work; or the sentence of why there is none. */
  static async open(): Promise<KafkaBroker | string> {
    const libraries = librariesOf();
    if (libraries === undefined) return "Apache Kafka is not in the cache, and java and mvn could not get it within two minutes";
    const folder = mkdtempSync(join(tmpdir(), "hotaka-kafka-"));
    const ports = { open: await freePort(), controller: await freePort(), secured: await freePort() };
    writeFileSync(join(folder, "server.properties"), propertiesOf(folder, ports));
    const broker = new KafkaBroker(folder, libraries, ports);
    const { username, password } = KAFKA_USER;
    const scram = ["--add-scram", `SCRAM-SHA-512=[name=${username},password=${password}]`];
    const format = ["kafka.tools.StorageTool", "format", "-t", "MkU3OEVBNTcwNTJENDM2Qk", "-c", join(folder, "server.properties"), ...scram];
    const formatted = spawnSync("java", [...JAVA, "-cp", `${libraries}/*`, ...format], { timeout: 60_000, encoding: "utf8" });
    if (formatted.status !== 0) return `Kafka could not make its folder: ${formatted.stderr}`;
    await broker.start();
    await broker.#admin.connect();
    return broker;
  }

  /** Starts it, or again after `kill`. Resolves when it takes connections. */
  async start(): Promise<void> {
    const log = openSync(join(this.#folder, "broker.log"), "a");
    const run = [...JAVA, "-cp", `${this.#libraries}/*`, "kafka.Kafka", join(this.#folder, "server.properties")];
    const child = spawn("java", run, { stdio: ["ignore", log, log] });
    this.#process = child;
    // Also when a test that took too long ends without closing it.
    process.once("exit", () => child.kill("SIGKILL"));
    for (let tries = 0; !(await isOpen(Number(this.address.split(":")[1]))); tries++) {
      if (tries > TRIES_MAX) child.kill("SIGKILL");
      await pause();
      if (child.exitCode !== null || child.signalCode !== null)
        throw new Error(`Kafka ended: ${readFileSync(join(this.#folder, "broker.log"), "utf8").slice(-2000)}`);
    }
  }

  /** As a machine that loses its power. */
  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    await new Promise<void>((resolve) => {
      child.once("close", () => resolve());
      child.kill("SIGKILL");
    });
  }

  async createTopic(topic: string, numPartitions = 1): Promise<void> {
    // One of that name may still be on its way out, and what was made is known a little later.
    while (!(await this.#admin.createTopics({ topics: [{ topic, numPartitions }], waitForLeaders: false }))) await pause();
    while (!(await this.#isLed(topic))) await pause();
  }

  async #isLed(topic: string): Promise<boolean> {
    try {
      const { topics } = await this.#admin.fetchTopicMetadata({ topics: [topic] });
      return topics.every(({ partitions }) => partitions.every(({ leader }) => leader >= 0));
    } catch {
      return false;
    }
  }

  async deleteTopic(topic: string): Promise<void> {
    await this.#admin.deleteTopics({ topics: [topic] });
  }

  /** Lets go of the records before an offset, as retention does. */
  async deleteRecords(topic: string, partition: number, offset: number): Promise<void> {
    // It knows the leader of a topic that it has asked about.
    await this.#admin.fetchTopicOffsets(topic);
    await this.#admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] });
  }

  /** Sends values, null for a record without one, to a partition. */
  async produce(topic: string, values: readonly (string | Buffer | null)[], partition = 0): Promise<void> {
    if (this.#producer === undefined) {
      this.#producer = this.#kafka.producer({ createPartitioner: Partitioners.DefaultPartitioner });
      await this.#producer.connect();
    }
    await this.#producer.send({ topic, messages: values.map((value) => ({ value, partition })) });
  }

  /** What a group has committed, by partition. */
  async committed(groupId: string, topic: string): Promise<number[]> {
    const [found] = await this.#admin.fetchOffsets({ groupId, topics: [topic] });
    return (found?.partitions ?? []).toSorted((a, b) => a.partition - b.partition).map(({ offset }) => Number(offset));
  }

  /** Sends what only Kafka's own client can. */
  produceByJava(topic: string): void {
    const run = ["-cp", `${this.#libraries}/*`, join(import.meta.dirname, "java_producer.java"), this.address, topic];
    const sent = spawnSync("java", [...JAVA, ...run], { timeout: 60_000, encoding: "utf8" });
    if (sent.status !== 0) throw new Error(`The Java client failed: ${sent.stderr}`);
  }

  async close(): Promise<void> {
    await this.#producer?.disconnect().catch(() => {});
    await this.#admin.disconnect().catch(() => {});
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function librariesOf(): string | undefined {
  const folder = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "hotaka", "kafka-4.1.0");
  if (spawnSync("java", ["-version"], { stdio: "ignore" }).status !== 0) return undefined;
  if (existsSync(folder)) return folder;
  const fetched = `${folder}.${process.pid}`;
  mkdirSync(fetched, { recursive: true });
  const pom = join(import.meta.dirname, "pom.xml");
  const args = ["-q", "-B", "-ntp", "-f", pom, "dependency:copy-dependencies", `-DoutputDirectory=${fetched}`, "-DincludeScope=runtime"];
  const done = spawnSync("mvn", args, { stdio: "ignore", timeout: 120_000 }).status === 0;
  if (!done) {
    rmSync(fetched, { recursive: true, force: true });
    return undefined;
  }
  // Another test may have been as quick.
  if (existsSync(folder)) rmSync(fetched, { recursive: true });
  else renameSync(fetched, folder);
  return folder;
}

function propertiesOf(folder: string, { open, controller, secured }: Readonly<Record<"open" | "controller" | "secured", number>>): string {
  const made = makeCertificate(folder);
  if (made !== undefined) writeFileSync(join(folder, "store.pem"), readFileSync(made.key, "utf8") + readFileSync(made.cert, "utf8"));
  const { username, password } = KAFKA_USER;
  const withTls = made === undefined ? "" : `,SASL_SSL://127.0.0.1:${secured}`;
  return [
    "process.roles=broker,controller",
    "node.id=1",
    `controller.quorum.voters=1@127.0.0.1:${controller}`,
    `listeners=PLAINTEXT://127.0.0.1:${open},CONTROLLER://127.0.0.1:${controller}${withTls}`,
    "controller.listener.names=CONTROLLER",
    "listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL",
    "sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512",
    `listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_${username}="${password}";`,
    "listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;",
    "ssl.keystore.type=PEM",
    `ssl.keystore.location=${join(folder, "store.pem")}`,
    `log.dirs=${join(folder, "data")}`,
    "offsets.topic.replication.factor=1",
    "offsets.topic.num.partitions=1",
    "transaction.state.log.replication.factor=1",
    "transaction.state.log.min.isr=1",
    "transaction.state.log.num.partitions=1",
    "group.initial.rebalance.delay.ms=0",
    "group.min.session.timeout.ms=500",
    "auto.create.topics.enable=false",
    // One that was killed is forgotten, so that it may come again, within so long.
    "broker.session.timeout.ms=1000",
    "broker.heartbeat.interval.ms=200",
    "",
  ].join("\n");
}

async function pause(): Promise<void> {
  await new Promise<void>((resolve) => {
    wallClock.after(50, resolve);
  });
}

async function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

/** Two minutes at least, as it takes five seconds where nothing else is at work. */
const TRIES_MAX = 2400;
/** Small, and quick to start. */
const JAVA = ["-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"];
