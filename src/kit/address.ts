import { assert } from "./errors.ts";

/**
 * An IPv4 or IPv6 prefix; an address is a prefix of full length. Its bits below the prefix length are 0, so equal prefixes have equal
 * words and equal text. An IPv4-mapped IPv6 address (`::ffff:192.0.2.1`) never occurs: parsing unwraps it, because a firewall sees IPv4.
 */
export class Cidr {
  readonly family: 4 | 6;
  /** Unsigned 32-bit words, the most significant first: one for IPv4, four for IPv6. */
  readonly words: readonly number[];
  /** Length of the prefix: 0 to 32, or 0 to 128. */
  readonly bits: number;

  /** The prefix of `bits` around the address in `words`; the bits behind it are cleared. */
  constructor(family: 4 | 6, words: readonly number[], bits: number) {
    assert(bits >= 0 && bits <= (family === 4 ? 32 : 128), `a prefix length of ${bits} for IPv${family}`);
    this.family = family;
    this.words = words.map((word, index) => (word & maskOf(bits, index)) >>> 0);
    this.bits = bits;
  }

  /** True when it holds one address and no more. */
  get isAddress(): boolean {
    return this.bits === (this.family === 4 ? 32 : 128);
  }

  /** The canonical text of its first address (RFC 5952), without the length. */
  get address(): string {
    return this.family === 4 ? formatIpv4(this.words[0]!) : formatIpv6(this.words);
  }

  /** As people write it: an address alone, a prefix with its length. */
  get shown(): string {
    return this.isAddress ? this.address : this.toString();
  }

  /** The prefix of `bits` that holds this one. A length beyond its own gives itself. */
  widened(bits: number): Cidr {
    return bits >= this.bits ? this : new Cidr(this.family, this.words, bits);
  }

  /** True when every address of `other` is in this one. */
  contains(other: Cidr): boolean {
    if (other.family !== this.family || other.bits < this.bits) return false;
    return this.words.every((word, index) => word === (other.words[index]! & maskOf(this.bits, index)) >>> 0);
  }

  /** True when they share an address: two prefixes do when one contains the other. */
  overlaps(other: Cidr): boolean {
    return this.contains(other) || other.contains(this);
  }

  equals(other: Cidr): boolean {
    return this.bits === other.bits && this.contains(other);
  }

  /** Always with the length: `203.0.113.7/32`, `2001:db8:bad::/64`. */
  toString(): string {
    return `${this.address}/${this.bits}`;
  }
}

/** A canonical CIDR as people write it: an address alone without its length. */
export function shownCidr(cidr: string): string {
  return cidr.replace(/^([^:]+)\/32$|^(.+)\/128$/, "$1$2");
}

/**
 * An address, strictly: four decimal numbers without leading zeros, or IPv6 as RFC 4291 section 2.2 writes it. Undefined for anything
 * else: zone ids (`fe80::1%eth0`), ports, brackets, spaces, octal, hex or short IPv4 are refused, because each reader of those guesses
 * differently and a block must mean the same to all of them.
 */
export function parseAddress(text: string): Cidr | undefined {
  return text.length > ADDRESS_CHARS_MAX ? undefined : parsePrefixOf(text, undefined);
}

/**
 * An address or a prefix in CIDR notation. Host bits are cleared, as firewalls do: `192.0.2.9/24` is `192.0.2.0/24`. Undefined when it is
 * neither.
 */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf("/");
  if (slash < 0) return parseAddress(text);
  const length = text.slice(slash + 1);
  if (slash > ADDRESS_CHARS_MAX || !/^(?:0|[1-9]\d{0,2})$/.test(length)) return undefined;
  return parsePrefixOf(text.slice(0, slash), Number(length));
}

function parsePrefixOf(address: string, bits: number | undefined): Cidr | undefined {
  if (!address.includes(":")) {
    const word = parseIpv4(address, 0);
    return word < 0 || (bits ?? 32) > 32 ? undefined : new Cidr(4, [word], bits ?? 32);
  }
  const words = parseIpv6(address);
  if (words === undefined || (bits ?? 128) > 128) return undefined;
  const isMapped = words[0] === 0 && words[1] === 0 && words[2] === 0xffff && (bits ?? 128) >= 96;
  return isMapped ? new Cidr(4, [words[3]!], (bits ?? 128) - 96) : new Cidr(6, words, bits ?? 128);
}

/** The word of a dotted quad that runs from `start` to the end of the text; -1 when it is not one. */
function parseIpv4(text: string, start: number): number {
  let word = 0;
  let at = start;
  for (let part = 0; part < 4; part++) {
    if (part > 0 && text.charCodeAt(at++) !== DOT) return -1;
    const first = text.charCodeAt(at) - ZERO;
    if (!(first >= 0 && first <= 9)) return -1;
    let octet = first;
    at++;
    for (let digit; (digit = text.charCodeAt(at) - ZERO) >= 0 && digit <= 9; at++) {
      octet = octet * 10 + digit;
      if (first === 0 || octet > 255) return -1;
    }
    word = word * 256 + octet;
  }
  return at === text.length ? word : -1;
}

function parseIpv6(text: string): number[] | undefined {
  const groups: number[] = [];
  let gap = -1;
  let at = 0;
  if (text.startsWith("::")) {
    gap = 0;
    at = 2;
  }
  while (at < text.length) {
    const end = groupEnd(text, at);
    if (end === at) return undefined;
    if (text.charCodeAt(end) === DOT) {
      const word = parseIpv4(text, at);
      if (word < 0) return undefined;
      groups.push(word >>> 16, word & 0xffff);
      break;
    }
    groups.push(Number.parseInt(text.slice(at, end), 16));
    at = end;
    if (at === text.length) break;
    if (text.charCodeAt(at++) !== COLON || at === text.length || groups.length === 8) return undefined;
    if (text.charCodeAt(at) === COLON) {
      if (gap >= 0) return undefined;
      gap = groups.length;
      at++;
    }
  }
  // "::" stands for at least one group of zeros.
  if (gap < 0 ? groups.length !== 8 : groups.length > 7) return undefined;
  if (gap >= 0) groups.splice(gap, 0, ...Array.from({ length: 8 - groups.length }, () => 0));
  return [0, 2, 4, 6].map((index) => ((groups[index]! << 16) | groups[index + 1]!) >>> 0);
}

/** Just past the hexadecimal digits from `at` on, at most four of them. */
function groupEnd(text: string, at: number): number {
  let end = at;
  while (end < at + 4 && isHexDigit(text.charCodeAt(end))) end++;
  return end;
}

function isHexDigit(code: number): boolean {
  return (code >= ZERO && code <= 57) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70);
}

function formatIpv4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

/** RFC 5952: lower case, no leading zeros, "::" for the first of the longest runs of two or more groups of zeros. */
function formatIpv6(words: readonly number[]): string {
  const groups = words.flatMap((word) => [word >>> 16, word & 0xffff]);
  let bestStart = -1;
  let bestLength = 1;
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length++;
    if (length > bestLength) [bestStart, bestLength] = [start, length];
    start += length;
  }
  const hex = groups.map((group) => group.toString(16));
  if (bestStart < 0) return hex.join(":");
  return `${hex.slice(0, bestStart).join(":")}::${hex.slice(bestStart + bestLength).join(":")}`;
}

/** The mask of the word at `index` for a prefix of `bits`. */
function maskOf(bits: number, index: number): number {
  const within = bits - index * 32;
  if (within >= 32) return -1;
  return within <= 0 ? 0 : -1 << (32 - within);
}

/** The longest text of an IPv6 address, with an IPv4 address as its tail. */
const ADDRESS_CHARS_MAX = 45;
const ZERO = 48;
const DOT = 46;
const COLON = 58;
