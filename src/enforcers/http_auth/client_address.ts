import type { IncomingHttpHeaders } from "node:http";
import { AddressRanges, type Cidr, parseAddress } from "../../kit/index.ts";

/** Finds out whose request a proxy asks about. */
export class ClientAddress {
  readonly #trusted: AddressRanges;
  readonly #header: string;

  /**
   * @param trusted the proxies whose word is taken
   * @param header the header in which they put the address they saw; names are compared without case
   */
  constructor(trusted: Iterable<Cidr>, header: string) {
    this.#trusted = new AddressRanges(trusted);
    this.#header = header.toLowerCase();
  }

  /**
   * The client of a request that came from `peer`; undefined when it cannot be told. Each proxy appends the address that it saw, and
   * whoever stands before the first of ours may have written anything: so the header is read from its end, past our own proxies, to the
   * first address that is none of them. The word of a peer that is no proxy of ours is not taken at all: it is the client itself.
   */
  of(peer: string | undefined, headers: IncomingHttpHeaders): Cidr | undefined {
    const from = peer === undefined ? undefined : parseAddress(peer);
    if (from === undefined || !this.#trusted.contains(from)) return from;
    const written = headers[this.#header];
    const text = typeof written === "string" ? written : (written ?? []).join(",");
    let end = text.length;
    for (let hops = 0; hops < HOPS_MAX && end > 0; hops++) {
      const comma = text.lastIndexOf(",", end - 1);
      const address = addressIn(text.slice(comma + 1, end));
      if (address === undefined || !this.#trusted.contains(address)) return address;
      end = comma;
    }
    return undefined;
  }
}

/** `203.0.113.7`, `203.0.113.7:51234`, `2001:db8::7`, `[2001:db8::7]:51234`: what proxies write. */
function addressIn(text: string): Cidr | undefined {
  const trimmed = text.trim();
  const bracketed = /^\[([^\]]+)\](?::\d{1,5})?$/.exec(trimmed);
  if (bracketed !== null) return parseAddress(bracketed[1] ?? "");
  const withPort = /^(\d[\d.]*):\d{1,5}$/.exec(trimmed);
  return parseAddress(withPort?.[1] ?? trimmed);
}

/** Longer chains are made up. */
const HOPS_MAX = 32;
