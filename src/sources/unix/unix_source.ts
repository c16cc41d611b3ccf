import { chmod } from "node:fs/promises";
import type { Socket } from "node:net";
import { resolve } from "node:path";
import type { Source, SourceContext } from "../../component/index.ts";
import type { FormatChoice } from "../../formats/index.ts";
import { openFormat } from "../format_setting.ts";
import { LineInbox, LineStream } from "../line_inbox.ts";
import type { DestinationConfig } from "../line_settings.ts";
import { type StreamConnection, StreamListener } from "../stream_listener.ts";

/** Settings of a unix source, as its schema makes them. */
export interface UnixConfig extends DestinationConfig {
  readonly path: string;
  readonly mode: string;
  readonly format: FormatChoice;
  readonly line_bytes_max: number;
  readonly connections_max: number;
  /** Milliseconds. */
  readonly line_timeout: number;
}

/** Makes the socket and listens on it. Throws HOTAKA_SOURCE_LISTEN. */
export async function openUnix(config: UnixConfig, context: SourceContext): Promise<Source> {
  const { path, line_bytes_max: lineBytesMax, line_timeout: timeoutMs } = config;
  const lines = new LineInbox({ context, key: `unix ${path}`, format: openFormat(config.format), destination: config, lineBytesMax });
  const listener = await StreamListener.open({
    context,
    listen: { path },
    connectionsMax: config.connections_max,
    connected: (socket) => new LineConnection(lines, socket, timeoutMs),
  });
  await chmod(resolve(context.folder, path), Number.parseInt(config.mode, 8));
  return {
    finished: new Promise<void>(() => {}),
    status: () => ({ sentence: `listening on ${path}, ${listener.connections} connections, ${lines.events} events`, ok: true }),
    close: () => listener.close(),
  };
}

/** Lines of one connection. */
class LineConnection implements StreamConnection {
  dueMs = Number.POSITIVE_INFINITY;
  readonly #lines: LineInbox;
  readonly #socket: Socket;
  readonly #timeoutMs: number;
  readonly #stream: LineStream;

  constructor(lines: LineInbox, socket: Socket, timeoutMs: number) {
    this.#lines = lines;
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
    this.#stream = new LineStream(lines, socket);
  }

  receive(bytes: Buffer): void {
    const wasWithin = this.#stream.isWithinLine;
    this.#stream.receive(bytes);
    // A line has until then, however slowly its bytes come.
    if (!this.#stream.isWithinLine) this.dueMs = Number.POSITIVE_INFINITY;
    else if (!wasWithin || bytes.includes("\n")) this.dueMs = this.#lines.context.clock.nowMs() + this.#timeoutMs;
  }

  timedOut(): void {
    this.#lines.refused.add("timeout", "a connection was ended: a line did not end within line_timeout.");
    this.#socket.destroy();
  }

  async finish(): Promise<void> {
    await this.#stream.end();
    this.#socket.destroySoon();
  }

  closed(): void {
    this.dueMs = Number.POSITIVE_INFINITY;
  }
}
