import type { HostAndPort, Source, SourceContext, SourceStatus } from "../../component/index.ts";
import { receivedSyslog } from "../../formats/index.ts";
import type { DestinationConfig } from "../line_settings.ts";
import { LineInbox } from "../line_inbox.ts";
import { type ListenConfig, type TlsConfig, tlsOptions } from "../listening.ts";
import { RefusalCounter } from "../refusal_counter.ts";
import { StreamListener } from "../stream_listener.ts";
import { Datagrams } from "./datagrams.ts";
import { SyslogConnection } from "./syslog_connection.ts";
import type { SyslogPort } from "./syslog_port.ts";

/** Settings of a syslog source, as its schema makes them. Times are milliseconds, sizes bytes. */
export interface SyslogConfig extends ListenConfig, DestinationConfig {
  readonly transports: readonly ("udp" | "tcp")[];
  readonly tls?: TlsConfig | undefined;
  readonly time_zone: string;
  readonly message_bytes_max: number;
  readonly connections_max: number;
  readonly message_timeout: number;
  readonly idle_timeout: number;
  readonly held_bytes_max: number;
  readonly receive_buffer: number;
}

/** Listens. Throws HOTAKA_SOURCE_LISTEN, and HOTAKA_SOURCE_OPEN for the files of TLS. */
export async function openSyslog(config: SyslogConfig, context: SourceContext): Promise<Source> {
  const { listen, transports } = config;
  const key = `syslog ${listen.host}:${listen.port}`;
  const lines = new LineInbox({
    context,
    key,
    format: receivedSyslog(config.time_zone),
    destination: config,
    lineBytesMax: config.message_bytes_max,
  });
  const port: SyslogPort = {
    lines,
    messageBytesMax: config.message_bytes_max,
    messageTimeoutMs: config.message_timeout,
    idleTimeoutMs: config.idle_timeout,
    heldBytesMax: config.held_bytes_max,
    dropped: new RefusalCounter(context, "syslog_messages_dropped", "Messages that were dropped: cut off, too slow, or held for too long."),
  };
  const tls = await tlsOptions(config.tls, context.folder);
  const streams = transports.includes("tcp")
    ? await StreamListener.open({
        context,
        listen,
        tls,
        connectionsMax: config.connections_max,
        connected: (socket) => new SyslogConnection(port, socket),
      })
    : undefined;
  // Both are at the port that the system chose, where it was asked to.
  const address: HostAndPort = { host: listen.host, port: streams?.port ?? listen.port };
  try {
    const datagrams = transports.includes("udp") ? await Datagrams.open(port, address, config.receive_buffer) : undefined;
    return new SyslogSource({ lines, streams, datagrams, host: listen.host, isTls: tls !== undefined });
  } catch (thrown) {
    await streams?.close();
    throw thrown;
  }
}

interface SyslogParts {
  readonly lines: LineInbox;
  readonly streams: StreamListener | undefined;
  readonly datagrams: Datagrams | undefined;
  readonly host: string;
  readonly isTls: boolean;
}

class SyslogSource implements Source {
  /** Senders may always come. */
  readonly finished = new Promise<void>(() => {});
  readonly #parts: SyslogParts;
  readonly #place: string;

  constructor(parts: SyslogParts) {
    this.#parts = parts;
    const { host, streams, datagrams, isTls } = parts;
    const ways = [...(streams === undefined ? [] : [isTls ? "TLS" : "TCP"]), ...(datagrams === undefined ? [] : ["UDP"])];
    const port = streams?.port ?? datagrams?.port ?? 0;
    this.#place = `${host.includes(":") ? `[${host}]` : host}:${port} (${ways.join(" and ")})`;
  }

  status(): SourceStatus {
    const { streams, lines } = this.#parts;
    const connections = streams === undefined ? "" : `, ${streams.connections} connections`;
    return { sentence: `listening on ${this.#place}${connections}, ${lines.events} events`, ok: true };
  }

  async close(): Promise<void> {
    await Promise.all([this.#parts.datagrams?.close(), this.#parts.streams?.close()]);
  }
}
