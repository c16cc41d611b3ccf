import { createSocket, type Socket } from "node:dgram";
import type { HostAndPort } from "../../component/index.ts";
import { LineAppends } from "../line_appends.ts";
import { cannotListen } from "../listening.ts";
import { MessageLines } from "./message_lines.ts";
import { plainAddress, type SyslogPort } from "./syslog_port.ts";

/**
 * Messages that come by UDP, each in a datagram. Nobody can be held back there: while one write to the disk is under way the messages are
 * gathered for the next one, and what is more than `heldBytesMax` is dropped and counted.
 */
export class Datagrams {
  readonly #port: SyslogPort;
  readonly #socket: Socket;
  readonly #lines: MessageLines;
  readonly #appends: LineAppends;
  #isAppending = false;
  #closing: Promise<void> | undefined;

  private constructor(port: SyslogPort, socket: Socket) {
    this.#port = port;
    this.#socket = socket;
    this.#lines = new MessageLines(port.lines.pool);
    this.#appends = new LineAppends(port.lines, { pause: () => {}, resume: () => {} });
    socket.on("message", (bytes, { address }) => this.#receive(bytes, address));
    socket.on("error", (error) => port.lines.context.log.warn(`${port.lines.context.name}: UDP: ${error.message}.`));
  }

  /** Throws HOTAKA_SOURCE_LISTEN. `receiveBytes` is asked of the system for what was not read yet; it may give less. */
  static async open(port: SyslogPort, { host, port: number }: HostAndPort, receiveBytes: number): Promise<Datagrams> {
    const socket = createSocket({ type: host.includes(":") ? "udp6" : "udp4", recvBufferSize: receiveBytes });
    try {
      await new Promise<void>((resolve, reject) => {
        socket.once("error", reject);
        socket.bind(number, host, () => {
          socket.removeListener("error", reject);
          resolve();
        });
      });
    } catch (thrown) {
      socket.close();
      throw cannotListen(port.lines.context.name, `${host}:${number} (UDP)`, thrown);
    }
    return new Datagrams(port, socket);
  }

  /** The port it listens on, which the system may have chosen. */
  get port(): number {
    return this.#closing === undefined ? this.#socket.address().port : 0;
  }

  /** Receives no more, and resolves when all that was received is safe. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#socket.close(resolve);
    });
    while (this.#isAppending) await this.#appends.settled;
  }

  #receive(bytes: Buffer, address: string): void {
    const { lines, messageBytesMax, heldBytesMax, dropped } = this.#port;
    if (lines.context.steps.stopping) return;
    if (bytes.length > messageBytesMax) return lines.skipped();
    if (this.#lines.length + bytes.length > heldBytesMax) {
      dropped.add("held", "messages that came by UDP were dropped: the disk is slower than they come, and held_bytes_max is reached.");
      return;
    }
    this.#lines.add(plainAddress(address), bytes, 0, bytes.length);
    if (!this.#isAppending) void this.#append();
  }

  async #append(): Promise<void> {
    this.#isAppending = true;
    for (let written = this.#lines.take(); written !== undefined; written = this.#lines.take()) {
      this.#appends.append(written.bytes, written.memory);
      await this.#appends.settled;
    }
    this.#isAppending = false;
  }
}
