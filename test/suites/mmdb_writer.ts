/** What may stand in a record. Whole numbers become uint32, others double. */
export type MmdbValue = string | number | boolean | readonly MmdbValue[] | { readonly [key: string]: MmdbValue };

export interface MmdbOptions {
  readonly recordBits?: 24 | 28 | 32;
  readonly isIpv6?: boolean;
  readonly type?: string;
  /** What is to be otherwise in the metadata. */
  readonly metadata?: { readonly [key: string]: MmdbValue };
}

/**
 * A small file of the MaxMind DB format with a record for each network: `{ "192.0.2.0/24": { country: ... } }`. Networks of IPv4 in a file of
 * IPv6 stand at ::/96, as MaxMind has them. Texts that came before are pointed to.
 */
export function mmdbOf(networks: Readonly<Record<string, MmdbValue>>, options: MmdbOptions = {}): Buffer {
  const { recordBits = 28, isIpv6 = true, type = "Test-City", metadata = {} } = options;
  const values = new ValueWriter();
  const root: Node = [undefined, undefined];
  for (const [network, value] of Object.entries(networks)) insert(root, bitsOf(network, isIpv6), values.place(value));
  const nodes: Node[] = [];
  number(root, nodes, new Map());
  const numbers = new Map(nodes.map((node, index) => [node, index]));
  const recordOf = (child: Node | number | undefined): number => {
    if (child === undefined) return nodes.length;
    return typeof child === "number" ? nodes.length + 16 + child : numbers.get(child)!;
  };
  const tree = Buffer.concat(nodes.map(([left, right]) => nodeBytes(recordOf(left), recordOf(right), recordBits)));
  const described = new ValueWriter();
  described.place({
    binary_format_major_version: 2,
    binary_format_minor_version: 0,
    build_epoch: 1_763_632_800,
    database_type: type,
    ip_version: isIpv6 ? 6 : 4,
    node_count: nodes.length,
    record_size: recordBits,
    ...metadata,
  });
  const marker = Buffer.from("\u00ab\u00cd\u00efMaxMind.com", "latin1");
  return Buffer.concat([tree, Buffer.alloc(16), values.bytes, marker, described.bytes]);
}

type Node = [left: Node | number | undefined, right: Node | number | undefined];

function insert(root: Node, bits: readonly (0 | 1)[], place: number): void {
  let node = root;
  for (const bit of bits.slice(0, -1)) {
    const next = node[bit] ?? [undefined, undefined];
    if (typeof next === "number") throw new Error("a network stands within another");
    node[bit] = next;
    node = next;
  }
  node[bits.at(-1)!] = place;
}

function number(node: Node, nodes: Node[], seen: Map<Node, true>): void {
  if (seen.has(node)) return;
  seen.set(node, true);
  nodes.push(node);
  for (const child of node) if (typeof child === "object") number(child, nodes, seen);
}

function bitsOf(network: string, isIpv6: boolean): (0 | 1)[] {
  const [address = "", length = ""] = network.split("/");
  const isIpv4 = !address.includes(":");
  const bytes = isIpv4 ? address.split(".").map(Number) : ipv6Bytes(address);
  const bits = bytes.flatMap((byte) => Array.from({ length: 8 }, (_, bit) => ((byte >> (7 - bit)) & 1) as 0 | 1));
  const before = isIpv4 && isIpv6 ? Array.from({ length: 96 }, () => 0 as const) : [];
  return [...before, ...bits.slice(0, Number(length))];
}

function ipv6Bytes(address: string): number[] {
  const [head = "", tail = ""] = address.split("::");
  const groups = (text: string): string[] => (text === "" ? [] : text.split(":"));
  const middle = Array.from({ length: 8 - groups(head).length - groups(tail).length }, () => "0");
  return [...groups(head), ...middle, ...groups(tail)].flatMap((group) => [
    Number.parseInt(group, 16) >> 8,
    Number.parseInt(group, 16) & 255,
  ]);
}

function nodeBytes(left: number, right: number, recordBits: 24 | 28 | 32): Buffer {
  const bytes = Buffer.alloc(recordBits / 4);
  if (recordBits === 32) {
    bytes.writeUInt32BE(left);
    bytes.writeUInt32BE(right, 4);
    return bytes;
  }
  bytes.writeUIntBE(left % 2 ** 24, 0, 3);
  bytes.writeUIntBE(right % 2 ** 24, recordBits / 4 - 3, 3);
  if (recordBits === 28) bytes[3] = (Math.floor(left / 2 ** 24) << 4) | Math.floor(right / 2 ** 24);
  return bytes;
}

class ValueWriter {
  readonly #bytes: Buffer[] = [];
  #length = 0;
  readonly #texts = new Map<string, number>();

  get bytes(): Buffer {
    return Buffer.concat(this.#bytes);
  }

  /** Writes a value. Gives its place. */
  place(value: MmdbValue): number {
    const at = this.#length;
    if (typeof value === "string") this.#text(value);
    else if (typeof value === "boolean") this.#put(headOf(14, value ? 1 : 0));
    else if (typeof value === "number") this.#number(value);
    else if (Array.isArray(value)) {
      this.#put(headOf(11, value.length));
      for (const item of value as readonly MmdbValue[]) this.place(item);
    } else {
      const entries = Object.entries(value as Readonly<Record<string, MmdbValue>>);
      this.#put(headOf(7, entries.length));
      for (const [key, item] of entries) {
        this.#text(key);
        this.place(item);
      }
    }
    return at;
  }

  #text(text: string): void {
    const known = this.#texts.get(text);
    if (known !== undefined && known < 2048) {
      this.#put(Buffer.from([0x20 | (known >> 8), known & 255]));
      return;
    }
    this.#texts.set(text, this.#length);
    const bytes = Buffer.from(text);
    this.#put(headOf(2, bytes.length), bytes);
  }

  #number(value: number): void {
    const isWhole = Number.isInteger(value) && value >= 0;
    const bytes = Buffer.alloc(isWhole ? 4 : 8);
    if (isWhole) bytes.writeUInt32BE(value);
    else bytes.writeDoubleBE(value);
    this.#put(headOf(isWhole ? 6 : 3, bytes.length), bytes);
  }

  #put(...pieces: readonly Buffer[]): void {
    for (const piece of pieces) {
      this.#bytes.push(piece);
      this.#length += piece.length;
    }
  }
}

function headOf(type: number, size: number): Buffer {
  const short = Math.min(size, 29);
  const more = size < 29 ? [] : [size - 29];
  return Buffer.from(type < 8 ? [(type << 5) | short, ...more] : [short, type - 7, ...more]);
}
