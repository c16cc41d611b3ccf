import { connect, type Socket } from "node:net";
import { once } from "node:events";
import { Random } from "../scripts/access_log.ts";
import { msgpackOf } from "../src/kit/index.ts";

/** Requests of a web server as Fluentd forwards them: PackedForward, each message asking for an acknowledgement. */
export class ForwardLoad {
  readonly events: number;
  readonly bytes: number;
  readonly #messages: readonly Buffer[];
  #chunk = 0;

  constructor(messages: number, eventsPerMessage: number) {
    const random = new Random(42);
    const hosts = Array.from({ length: HOSTS }, () => [0, 0, 0, 0].map(() => random.below(256)).join("."));
    this.#messages = Array.from({ length: messages }, () =>
      messageOf(Array.from({ length: eventsPerMessage }, () => entryOf(random, hosts[Math.floor(HOSTS * random.fraction() ** 3)]!))),
    );
    this.events = messages * eventsPerMessage;
    this.bytes = this.#messages.reduce((sum, message) => sum + message.length, 0);
  }

  /** Sends all of it over one connection, with new chunk ids, and resolves when the last message is acknowledged. */
  async sendTo(port: number): Promise<void> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    let acknowledged = 0;
    const done = new Promise<void>((resolve, reject) => {
      socket.on("data", (bytes) => {
        acknowledged += bytes.toString("latin1").split("ack").length - 1;
        if (acknowledged === this.#messages.length) resolve();
      });
      socket.once("close", () => reject(new Error("the daemon ended the connection")));
    });
    for (const message of this.#messages) {
      // The id is written over in place: what was sent before may not have left the socket, so it is another message's turn by then.
      const copy = Buffer.from(message);
      copy.write(String(this.#chunk++).padStart(CHUNK_CHARS, "0"), copy.length - CHUNK_CHARS, "latin1");
      if (!socket.write(copy)) await drained(socket);
    }
    await done;
    socket.destroy();
  }
}

async function drained(socket: Socket): Promise<void> {
  await once(socket, "drain");
}

function messageOf(entries: readonly Buffer[]): Buffer {
  const packed = Buffer.concat(entries);
  const head = Buffer.from([0xdb, 0, 0, 0, 0]);
  head.writeUInt32BE(packed.length, 1);
  const options = msgpackOf({ size: entries.length, compressed: "text", chunk: "0".repeat(CHUNK_CHARS) });
  return Buffer.concat([Buffer.from([0x93]), msgpackOf("web.access"), head, packed, options]);
}

function entryOf(random: Random, host: string): Buffer {
  const time = Buffer.from([0xd7, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
  time.writeUInt32BE(START_SECONDS, 2);
  const record = msgpackOf({
    host,
    user: null,
    method: "GET",
    path: `/items/${random.below(5000)}`,
    code: random.below(10) === 0 ? 404 : 200,
    size: random.below(90_000),
    referer: "https://www.example.com/",
    agent: AGENT,
  });
  return Buffer.concat([Buffer.from([0x92]), time, record]);
}

const HOSTS = 20_000;
const CHUNK_CHARS = 24;
const START_SECONDS = 1_763_632_800;
const AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/133.0.0.0 Safari/537.36";
