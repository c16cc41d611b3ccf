import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import type { HostAndPort } from "../../component/index.ts";
import { type Clock, HotakaError, messageOf, MsgpackReader, skipMsgpack } from "../../kit/index.ts";
import { type ClientKeys, pingOf, readHelo, whyNotServer } from "./client_handshake.ts";
import type { RowMessage } from "./row_message.ts";

export interface PeerOptions {
  readonly address: HostAndPort;
  readonly keys: ClientKeys | undefined;
  readonly tls: ConnectionOptions | undefined;
  readonly clock: Clock;
  readonly connectTimeoutMs: number;
  readonly ackTimeoutMs: number;
}

/** One connection to a server of the Forward protocol, over which the messages of one batch are sent at a time. */
export class ForwardPeer {
  readonly #options: PeerOptions;
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #failure: Error | undefined;
  #wake: () => void = () => {};

  private constructor(options: PeerOptions, socket: Socket) {
    this.#options = options;
    this.#socket = socket;
    socket.on("data", (bytes: Buffer) => this.#receive(bytes));
    socket.on("error", (error) => this.#fail(error));
    socket.on("close", () => this.#fail(new Error("it ended the connection")));
  }

  /** Connects, and shakes hands where there is a key. Rejects with HOTAKA_ACTION_FAILED. */
  static async connect(options: PeerOptions): Promise<ForwardPeer> {
    const { address, tls, connectTimeoutMs } = options;
    const to = { host: address.host, port: address.port };
    const socket = tls === undefined ? connect(to) : connectTls({ ...to, ...tls });
    const peer = new ForwardPeer(options, socket);
    let isConnected = false;
    socket.once(tls === undefined ? "connect" : "secureConnect", () => {
      isConnected = true;
      peer.#wake();
    });
    try {
      await peer.#until(() => isConnected, connectTimeoutMs, "it did not take the connection");
      if (options.keys !== undefined) await peer.#shakeHands(options.keys);
    } catch (thrown) {
      peer.close();
      throw failed(address, thrown);
    }
    return peer;
  }

  /** False when nothing can be sent any more. */
  get isOpen(): boolean {
    return this.#failure === undefined;
  }

  /** Sends messages and, where they ask for it, waits until each is acknowledged. Rejects with HOTAKA_ACTION_FAILED, and is closed then. */
  async send(messages: readonly RowMessage[], isAcknowledged: boolean): Promise<void> {
    const { ackTimeoutMs, address } = this.#options;
    try {
      let isWritten = false;
      this.#socket.write(Buffer.concat(messages.map(({ bytes }) => bytes)), () => {
        isWritten = true;
        this.#wake();
      });
      await this.#until(() => isWritten, ackTimeoutMs, "it did not take the message");
      if (!isAcknowledged) return;
      const missing = new Set(messages.map(({ chunk }) => chunk));
      while (missing.size > 0) await this.#acknowledgement(missing);
    } catch (thrown) {
      this.close();
      throw failed(address, thrown);
    }
  }

  async #acknowledgement(missing: Set<string>): Promise<void> {
    const answer = new MsgpackReader(await this.#value(this.#options.ackTimeoutMs, "it did not acknowledge the message")).value();
    if (Array.isArray(answer) && answer[0] === "HELO") throw new Error("it asks for a key: set shared_key");
    const chunk = typeof answer === "object" && answer !== null && "ack" in answer ? answer.ack : undefined;
    if (typeof chunk !== "string" || !missing.delete(chunk)) throw new Error("it acknowledged something else");
  }

  close(): void {
    this.#fail(new Error("the connection was closed"));
    this.#socket.destroy();
  }

  async #shakeHands(keys: ClientKeys): Promise<void> {
    const { connectTimeoutMs } = this.#options;
    const helo = readHelo(await this.#value(connectTimeoutMs, "it did not say HELO, so it asks for no key: leave out shared_key"));
    if (helo === undefined) throw new Error("HELO was wanted, and something else came");
    const salt = randomBytes(16).toString("hex");
    this.#socket.write(pingOf(helo, keys, salt));
    const problem = whyNotServer(await this.#value(connectTimeoutMs, "it did not answer to PING"), helo, keys, salt);
    if (problem !== undefined) throw new Error(problem);
  }

  /** The next whole value that comes. */
  async #value(timeoutMs: number, otherwise: string): Promise<Buffer> {
    let end = -1;
    await this.#until(() => (end = skipMsgpack(this.#received, 0, this.#received.length)) >= 0, timeoutMs, otherwise);
    const value = this.#received.subarray(0, end);
    this.#received = this.#received.subarray(end);
    return value;
  }

  /** Waits until `isSo`; throws when the connection fails, or with `otherwise` when the time is over. */
  async #until(isSo: () => boolean, timeoutMs: number, otherwise: string): Promise<void> {
    let isLate = false;
    const timer = this.#options.clock.after(timeoutMs, () => {
      isLate = true;
      this.#wake();
    });
    try {
      while (!isSo()) {
        if (this.#failure !== undefined) throw this.#failure;
        if (isLate) throw new Error(`${otherwise} within ${timeoutMs / 1000} seconds`);
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    } finally {
      timer.cancel();
    }
  }

  #receive(bytes: Buffer): void {
    this.#received = Buffer.concat([this.#received, bytes]);
    if (this.#received.length > ANSWER_BYTES_MAX) {
      this.#received = Buffer.alloc(0);
      this.#fail(new Error("its answer is too long"));
      this.#socket.destroy();
    }
    this.#wake();
  }

  #fail(reason: Error): void {
    this.#failure ??= reason;
    this.#wake();
  }
}

function failed({ host, port }: HostAndPort, thrown: unknown): HotakaError {
  const sentence = `${host}:${port} could not be sent to: ${messageOf(thrown).replace(/\.$/, "")}.`;
  return new HotakaError("HOTAKA_ACTION_FAILED", sentence, { cause: thrown });
}

const ANSWER_BYTES_MAX = 65_536;
