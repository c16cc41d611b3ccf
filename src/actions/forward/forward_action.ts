import type { Action, ActionContext, ActionRow, BatchBounds, HostAndPort, RowTemplate } from "../../component/index.ts";
import { HotakaError, messageOf, type Timer } from "../../kit/index.ts";
import { ForwardPeer, type PeerOptions } from "./forward_peer.ts";
import { type RowMessage, rowMessages } from "./row_message.ts";
import { ServerChoice } from "./server_choice.ts";

/** A server, as the settings name it. */
export interface ForwardServer {
  readonly address: HostAndPort;
  readonly weight: number;
  readonly standby: boolean;
}

export interface ForwardOptions {
  readonly servers: readonly ForwardServer[];
  readonly tag: RowTemplate;
  readonly isCompressed: boolean;
  readonly isAcknowledged: boolean;
  readonly heartbeatMs: number;
  readonly batches: BatchBounds;
  /** What all connections have in common. */
  readonly peer: Omit<PeerOptions, "address">;
}

/**
 * Sends batches of rows to one of several servers, over a connection that stays. Where one fails the next is tried at once; one that failed is connected
 * to every now and then, and is sent to again when that succeeds.
 */
export class ForwardAction implements Action {
  readonly batches: BatchBounds;
  readonly #options: ForwardOptions;
  readonly #context: ActionContext;
  readonly #servers: readonly Server[];
  readonly #choice: ServerChoice<Server>;
  #heartbeat: Timer | undefined;
  #isClosed = false;

  constructor(options: ForwardOptions, context: ActionContext) {
    this.batches = options.batches;
    this.#options = options;
    this.#context = context;
    this.#servers = options.servers.map((server) => new Server(server, options.peer));
    this.#choice = new ServerChoice(this.#servers);
    if (!context.dryRun) this.#armHeartbeat();
  }

  async perform(row: ActionRow): Promise<string> {
    const [sentence = ""] = await this.performAll([row]);
    return sentence;
  }

  /** All of them over one server: what it has acknowledged when it fails is sent again with the rest, with the same chunk ids. */
  async performAll(rows: readonly ActionRow[]): Promise<string[]> {
    const { tag } = this.#options;
    if (this.#context.dryRun) return rows.map((row) => `would send a row of ${row.query}, tagged ${tag(row)}`);
    const name = await this.#send(await rowMessages(rows, this.#options));
    return rows.map((row) => `sent a row of ${row.query} to ${name}, tagged ${tag(row)}`);
  }

  /** Gives the name of the server that has them. */
  async #send(messages: readonly RowMessage[]): Promise<string> {
    const problems: string[] = [];
    for (const server of this.#choice.order()) {
      try {
        await server.send(messages, this.#options.isAcknowledged);
        if (server.becameUp()) this.#context.log.info(`${this.#context.name}: ${server.name} is sent to again.`);
        return server.name;
      } catch (thrown) {
        if (!(thrown instanceof HotakaError)) throw thrown;
        problems.push(thrown.message);
        if (server.becameDown() && this.#servers.length > 1) this.#context.log.warn(`${this.#context.name}: ${thrown.message}`);
      }
    }
    throw new HotakaError("HOTAKA_ACTION_FAILED", problems.join(" "));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#heartbeat?.cancel();
    await Promise.all(this.#servers.map(async (server) => server.close()));
  }

  #armHeartbeat(): void {
    if (this.#isClosed) return;
    this.#heartbeat = this.#context.clock.after(this.#options.heartbeatMs, () => {
      void Promise.all(this.#servers.filter(({ isUp }) => !isUp).map(async (server) => this.#look(server))).then(() =>
        this.#armHeartbeat(),
      );
    });
  }

  async #look(server: Server): Promise<void> {
    try {
      await server.connect();
      if (server.becameUp()) this.#context.log.info(`${this.#context.name}: ${server.name} is there again.`);
    } catch (thrown) {
      this.#context.log.debug(`${this.#context.name}: ${messageOf(thrown)}`);
    }
  }
}

/** A server and the connection to it. */
class Server implements ForwardServer {
  readonly name: string;
  readonly address: HostAndPort;
  readonly weight: number;
  readonly standby: boolean;
  isUp = true;
  readonly #options: PeerOptions;
  #connecting: Promise<ForwardPeer> | undefined;

  constructor({ address, weight, standby }: ForwardServer, options: Omit<PeerOptions, "address">) {
    this.address = address;
    this.weight = weight;
    this.standby = standby;
    this.name = `${address.host}:${address.port}`;
    this.#options = { ...options, address };
  }

  async connect(): Promise<{ readonly peer: ForwardPeer; readonly isNew: boolean }> {
    const kept = await this.#connecting?.catch(() => undefined);
    if (kept?.isOpen === true) return { peer: kept, isNew: false };
    this.#connecting = ForwardPeer.connect(this.#options);
    return { peer: await this.#connecting, isNew: true };
  }

  async send(messages: readonly RowMessage[], isAcknowledged: boolean): Promise<void> {
    const { peer, isNew } = await this.connect();
    try {
      await peer.send(messages, isAcknowledged);
    } catch (thrown) {
      if (isNew) throw thrown;
      // A connection that has stood for long may have ended without a word: that says nothing of the server.
      await (await this.connect()).peer.send(messages, isAcknowledged);
    }
  }

  /** Notes that it works; true when it did not before. */
  becameUp(): boolean {
    const was = this.isUp;
    this.isUp = true;
    return !was;
  }

  /** Notes that it does not work; true when it did before. */
  becameDown(): boolean {
    const was = this.isUp;
    this.isUp = false;
    return was;
  }

  async close(): Promise<void> {
    (await this.#connecting?.catch(() => undefined))?.close();
  }
}
