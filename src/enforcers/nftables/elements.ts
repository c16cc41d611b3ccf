/** One element of a set: an address, and how long it stays from now on (seconds, rounded down); undefined is for good. */
export type TakeElement = (address: string, expiresS: number | undefined) => void;

/**
 * Reads the elements out of what `nft --json list set` or `get element` writes, piece by piece as it comes, so that a hundred thousand of
 * them hold nobody up:
 *
 *     {"nftables": [{"metainfo": ...}, {"set": {..., "elem": [{"elem": {"val": "203.0.113.7", "timeout": 60, "expires": 59}}, "203.0.113.8"]}}]}
 */
export class ElementReader {
  readonly #take: TakeElement;
  #isInside = false;
  #rest = "";

  constructor(take: TakeElement) {
    this.#take = take;
  }

  add(text: string): void {
    let pending = this.#rest + text;
    if (!this.#isInside) {
      const start = pending.indexOf(START);
      if (start < 0) {
        this.#rest = pending.slice(-START.length);
        return;
      }
      this.#isInside = true;
      pending = pending.slice(start + START.length);
    }
    let end = 0;
    ELEMENT.lastIndex = 0;
    for (let found = ELEMENT.exec(pending); found !== null; found = ELEMENT.exec(pending)) {
      const [, value, about = "", bare] = found;
      const [, expires] = EXPIRES.exec(about) ?? [];
      this.#take(value ?? bare ?? "", expires === undefined ? undefined : Number(expires));
      end = ELEMENT.lastIndex;
    }
    this.#rest = pending.slice(end);
  }
}

/**
 * Reads the elements out of what `nft get element` writes, which is no JSON whatever it is asked for:
 *
 *     elements = { 203.0.113.7 timeout 1m expires 59s992ms, 203.0.113.8 }
 */
export function readElements(text: string, take: TakeElement): void {
  const [, listed = ""] = /elements = \{([^}]*)\}/.exec(text) ?? [];
  for (const element of listed.split(",")) {
    const [, address, expires] = /^\s*([0-9a-fA-F.:]+)(?:.* expires (\w+))?/.exec(element) ?? [];
    if (address !== undefined) take(address, expires === undefined ? undefined : secondsOf(expires));
  }
}

/** Of `1d2h3m4s567ms`, rounded down. */
function secondsOf(text: string): number {
  let seconds = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+)(ms|[dhms])/g)) seconds += Number(amount) * (SECONDS[unit ?? ""] ?? 0);
  return Math.floor(seconds);
}

const SECONDS: Readonly<Record<string, number>> = { d: 86_400, h: 3600, m: 60, s: 1, ms: 0.001 };

const START = '"elem": [';
/** Sticky, and what follows is part of the match: a piece that ends within an element waits for the rest of it. */
const ELEMENT = /[\s,]*(?:\{"elem": \{"val": "([^"]+)"([^{}]*)\}\}|"([0-9a-fA-F.:]+)")(?=[,\]])/y;
const EXPIRES = /"expires": (\d+)/;
