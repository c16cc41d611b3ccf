import type { Socket } from "node:net";
import { LineAppends } from "../line_appends.ts";
import { StreamBuffer } from "../stream_buffer.ts";
import type { StreamConnection } from "../stream_listener.ts";
import { MessageFramer } from "./message_framer.ts";
import { MessageLines } from "./message_lines.ts";
import { plainAddress, type SyslogPort } from "./syslog_port.ts";

/** The messages of one connection, over TCP or TLS. */
export class SyslogConnection implements StreamConnection {
  dueMs: number;
  readonly #port: SyslogPort;
  readonly #socket: Socket;
  readonly #address: string;
  readonly #buffer: StreamBuffer;
  readonly #framer: MessageFramer;
  readonly #lines: MessageLines;
  readonly #appends: LineAppends;

  constructor(port: SyslogPort, socket: Socket) {
    this.#port = port;
    this.#socket = socket;
    this.#address = plainAddress(socket.remoteAddress);
    this.#buffer = new StreamBuffer(port.lines.pool);
    this.#lines = new MessageLines(port.lines.pool);
    this.#appends = new LineAppends(port.lines, socket);
    this.#framer = new MessageFramer(port.messageBytesMax, {
      message: (bytes, start, end) => this.#lines.add(this.#address, bytes, start, end),
      tooLong: () => port.lines.skipped(),
    });
    socket.setKeepAlive(true, KEEPALIVE_MS);
    this.dueMs = port.lines.context.clock.nowMs() + port.idleTimeoutMs;
  }

  receive(piece: Buffer): void {
    const wasWithin = this.#isWithin;
    const bytes = this.#buffer.with(piece);
    const start = this.#framer.scan(bytes);
    const memory = this.#buffer.keep(bytes, start);
    this.#append();
    // The messages stand in lines of their own by now.
    this.#port.lines.pool.give(memory);
    const nowMs = this.#port.lines.context.clock.nowMs();
    if (!this.#isWithin) this.dueMs = nowMs + this.#port.idleTimeoutMs;
    // A message has until then, however slowly its bytes come.
    else if (!wasWithin || start > 0) this.dueMs = nowMs + this.#port.messageTimeoutMs;
  }

  timedOut(): void {
    if (this.#isWithin) this.#port.dropped.add("timeout", "a connection was ended: a message did not end within message_timeout.");
    this.dueMs = Number.POSITIVE_INFINITY;
    this.#socket.destroy();
  }

  async finish(): Promise<void> {
    const rest = this.#buffer.with(Buffer.alloc(0));
    if (!this.#framer.end(rest)) this.#port.dropped.add("cut", `a message of ${this.#address} was dropped: it ended before its length.`);
    this.#buffer.clear();
    this.#append();
    await this.#appends.settled;
    this.#socket.destroySoon();
  }

  closed(): void {
    this.dueMs = Number.POSITIVE_INFINITY;
    this.#buffer.clear();
  }

  get #isWithin(): boolean {
    return this.#buffer.length > 0 || this.#framer.isSkipping;
  }

  #append(): void {
    const written = this.#lines.take();
    if (written !== undefined) this.#appends.append(written.bytes, written.memory);
  }
}

/** A sender that is gone without a word is found by the system. */
const KEEPALIVE_MS = 60_000;
