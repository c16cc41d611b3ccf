import { connect, type Socket } from "node:net";
import { setImmediate } from "node:timers/promises";
import type { Source } from "../../src/component/index.ts";

/** A peer of a source that listens, over a real loopback socket. */
export class Peer {
  readonly #socket: Socket;
  readonly #received: Buffer[] = [];
  isClosed = false;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on("data", (bytes: Buffer) => this.#received.push(bytes));
    socket.on("close", () => (this.isClosed = true));
    socket.on("error", () => {});
  }

  static async connect(to: number | string): Promise<Peer> {
    const socket = typeof to === "number" ? connect(to, "127.0.0.1") : connect(to);
    const peer = new Peer(socket);
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve);
      socket.once("error", reject);
    });
    return peer;
  }

  send(bytes: Uint8Array | string): void {
    this.#socket.write(bytes);
  }

  /** Sends no more, and still listens. */
  end(): void {
    this.#socket.end();
  }

  get received(): Buffer {
    return Buffer.concat(this.#received);
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** The port that a source says it listens on. */
export function portOf(source: Source): number {
  return Number(/:(\d+)\b/.exec(source.status().sentence)?.[1]);
}

/** Lets the event loop turn until `seen` holds. */
export async function until(seen: () => boolean): Promise<void> {
  while (!seen()) await setImmediate();
}
