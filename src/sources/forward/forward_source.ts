import { createSocket, type Socket as DatagramSocket } from "node:dgram";
import { hostname } from "node:os";
import type { HostAndPort, Secret, Source, SourceContext, SourceStatus } from "../../component/index.ts";
import { type ListenConfig, cannotListen, type TlsConfig, tlsOptions } from "../listening.ts";
import { RefusalCounter } from "../refusal_counter.ts";
import { MemoryPool } from "../stream_buffer.ts";
import { StreamListener } from "../stream_listener.ts";
import { ForwardConnection, type ForwardPort } from "./connection.ts";
import type { HandshakeKeys } from "./handshake.ts";
import { MessageTaker } from "./message_taker.ts";

/** Settings of a forward source, as its schema makes them. Times are milliseconds, sizes bytes. */
export interface ForwardConfig extends ListenConfig {
  readonly target?: string | undefined;
  readonly remove_tag_prefix?: string | undefined;
  readonly shared_key?: Secret | undefined;
  readonly users: readonly { readonly name: string; readonly password: Secret }[];
  readonly hostname?: string | undefined;
  readonly tls?: TlsConfig | undefined;
  readonly udp_heartbeat: boolean;
  readonly connections_max: number;
  readonly message_bytes_max: number;
  readonly decompressed_bytes_max: number;
  readonly buffer_bytes_max: number;
  readonly message_timeout: number;
  readonly idle_timeout: number;
}

/** Listens. Throws HOTAKA_SOURCE_LISTEN, HOTAKA_SOURCE_OPEN for the files of TLS, and HOTAKA_SECRET_MISSING. */
export async function openForward(config: ForwardConfig, context: SourceContext): Promise<Source> {
  const written = `${config.listen.host}:${config.listen.port}`;
  const taker = new MessageTaker({
    context,
    positionKey: `forward:chunks:${written}`,
    target: config.target,
    tagOf: tagOf(config),
    decompressedBytesMax: config.decompressed_bytes_max,
  });
  let heldBytes = 0;
  const port: ForwardPort = {
    context,
    messages: context.inbox(`forward ${written}`, taker.take, taker.flush),
    narrowedMessages: context.inbox(`forward ${written} narrowed`, taker.takeNarrowed, taker.flush),
    narrowed: (messages) => taker.narrowed(messages),
    jsonMessages: context.inbox(`forward ${written} json`, taker.takeJson, taker.flush),
    keys: await keysOf(config, context.folder),
    messageBytesMax: config.message_bytes_max,
    messageTimeoutMs: config.message_timeout,
    idleTimeoutMs: config.idle_timeout,
    refused: new RefusalCounter(context, "forward_connections_ended", "Connections ended for what came, or did not come, over them."),
    pool: new MemoryPool(),
    reserve(bytes) {
      if (bytes > 0 && heldBytes + bytes > config.buffer_bytes_max) return false;
      heldBytes += bytes;
      return true;
    },
  };
  const listener = await StreamListener.open({
    context,
    listen: config.listen,
    tls: await tlsOptions(config.tls, context.folder),
    connectionsMax: config.connections_max,
    connected: (socket) => new ForwardConnection(port, socket),
    isMemoryShared: true,
  });
  const address: HostAndPort = { host: config.listen.host, port: listener.port };
  const heartbeat = config.udp_heartbeat ? await openHeartbeat(address, context, listener) : undefined;
  return new ForwardSource(address, { listener, taker, heartbeat });
}

class ForwardSource implements Source {
  /** Peers may always come. */
  readonly finished = new Promise<void>(() => {});
  readonly #address: HostAndPort;
  readonly #parts: { readonly listener: StreamListener; readonly taker: MessageTaker; readonly heartbeat: DatagramSocket | undefined };
  #closing: Promise<void> | undefined;

  constructor(address: HostAndPort, parts: { listener: StreamListener; taker: MessageTaker; heartbeat: DatagramSocket | undefined }) {
    this.#address = address;
    this.#parts = parts;
  }

  status(): SourceStatus {
    const { host, port } = this.#address;
    const { listener, taker } = this.#parts;
    const place = host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
    return { sentence: `listening on ${place}, ${listener.connections} connections, ${taker.entries} events`, ok: true };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { listener, heartbeat } = this.#parts;
    if (heartbeat !== undefined) {
      await new Promise<void>((resolve) => {
        heartbeat.close(resolve);
      });
    }
    await listener.close();
  }
}

/** A peer sends a byte now and then to see whether somebody is there, and gets one back. */
async function openHeartbeat({ host, port }: HostAndPort, context: SourceContext, listener: StreamListener): Promise<DatagramSocket> {
  const socket = createSocket(host.includes(":") ? "udp6" : "udp4");
  // One byte for one byte: nobody gains by sending with another's address.
  socket.on("message", (_, peer) => socket.send(HEARTBEAT, peer.port, peer.address, () => {}));
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("error", reject);
      socket.bind(port, host, () => {
        socket.removeListener("error", reject);
        resolve();
      });
    });
  } catch (thrown) {
    socket.close();
    await listener.close();
    throw cannotListen(context.name, `${host}:${port} (UDP)`, thrown);
  }
  socket.on("error", () => {});
  return socket;
}

async function keysOf({ shared_key: key, users, hostname: name }: ForwardConfig, folder: string): Promise<HandshakeKeys | undefined> {
  if (key === undefined) return undefined;
  const passwords = new Map<string, string>();
  for (const user of users) passwords.set(user.name, await user.password.read(folder));
  return {
    sharedKey: await key.read(folder),
    passwords: users.length === 0 ? undefined : passwords,
    hostname: name ?? `hotaka@${hostname()}`,
  };
}

/** As Fluentd removes it: the prefix and the point behind it. */
function tagOf({ remove_tag_prefix: prefix }: ForwardConfig): (tag: string) => string {
  if (prefix === undefined) return (tag) => tag;
  return (tag) => (tag.startsWith(`${prefix}.`) ? tag.slice(prefix.length + 1) : tag);
}

const HEARTBEAT = Buffer.from([0]);
