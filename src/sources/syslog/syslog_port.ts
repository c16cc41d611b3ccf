import type { LineInbox } from "../line_inbox.ts";
import type { RefusalCounter } from "../refusal_counter.ts";

/** What every connection and the datagrams of a syslog source share. */
export interface SyslogPort {
  readonly lines: LineInbox;
  readonly messageBytesMax: number;
  readonly messageTimeoutMs: number;
  readonly idleTimeoutMs: number;
  /** Bytes of datagrams that are held while the disk is slower. */
  readonly heldBytesMax: number;
  readonly dropped: RefusalCounter;
}

/** An IPv4 address as it is written, also where the socket takes both kinds. */
export function plainAddress(address: string | undefined): string {
  if (address === undefined) return "-";
  return address.startsWith("::ffff:") && address.includes(".") ? address.slice("::ffff:".length) : address;
}
