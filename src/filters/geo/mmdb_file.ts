import { setImmediate } from "node:timers/promises";
import { type Cidr, HotakaError } from "../../kit/index.ts";
import { MmdbData, type Scalar, type Step } from "./mmdb_data.ts";

/**
 * A MaxMind DB file, version 2: what is known of networks, by address.
 *
 *     file   = tree, 16 bytes of 0, values, "\xab\xcd\xefMaxMind.com", metadata (a map)
 *     tree   = { node }; node = left record, right record, of 24, 28 or 32 bits
 *     record = number of a node; the number of nodes: nothing is known; more: a value, at record - nodes - 16 of the values
 *
 * @see https://maxmind.github.io/MaxMind-DB/
 */
export class MmdbFile {
  /** What it is of: `GeoLite2-City`. */
  readonly type: string;
  /** When it was made, epoch ms. */
  readonly builtMs: number;
  readonly #bytes: Buffer;
  readonly #data: MmdbData;
  readonly #nodes: number;
  readonly #recordBits: 24 | 28 | 32;
  readonly #isIpv6: boolean;
  /** Where IPv4 begins in a tree of IPv6: a node, or a record at once. */
  readonly #ipv4Start: number;

  private constructor(bytes: Buffer, tree: Tree, data: MmdbData) {
    this.#bytes = bytes;
    this.#data = data;
    this.#nodes = tree.nodes;
    this.#recordBits = tree.recordBits;
    this.#isIpv6 = tree.isIpv6;
    this.type = tree.type;
    this.builtMs = tree.builtMs;
    this.#ipv4Start = tree.isIpv6 ? this.#walk(0, [0, 0, 0], 96) : 0;
  }

  /**
   * Reads a file that is whole in memory, and verifies all of it, so that no lookup fails or takes long: some 25 ms for each MB, in
   * pieces between which others work. Throws HOTAKA_GEO_DATABASE with what is wrong, for a sentence that begins with the file's name.
   */
  static async open(bytes: Buffer): Promise<MmdbFile> {
    try {
      const tree = treeOf(bytes);
      const data = new MmdbData(bytes, tree.bytes + SEPARATOR_BYTES, tree.dataEnd);
      const file = new MmdbFile(bytes, tree, data);
      await file.#verify();
      return file;
    } catch (thrown) {
      if (!(thrown instanceof RangeError)) throw thrown;
      throw new HotakaError("HOTAKA_GEO_DATABASE", `it is damaged: ${thrown.message}`, { cause: thrown });
    }
  }

  /** The record of the network that an address is in; undefined where nothing is known of it. */
  recordOf({ family, words, bits }: Cidr): number | undefined {
    if (family === 6 && !this.#isIpv6) return undefined;
    const record = this.#walk(family === 4 ? this.#ipv4Start : 0, words, bits);
    return record <= this.#nodes ? undefined : this.#placeOf(record);
  }

  /** A value of a record. */
  find(record: number, steps: readonly Step[]): Scalar | undefined {
    return this.#data.find(record, steps);
  }

  /** Walks the tree once, however many ways lead to a part of it, and verifies the records that it names. Throws RangeError. */
  async #verify(): Promise<void> {
    const nodes = this.#nodes;
    const deepest = this.#isIpv6 ? 128 : 32;
    this.#data.beginVerifying();
    const state = new Uint8Array(nodes);
    state[0] = ON_THE_WAY;
    // The way from the root: each node, and how many of its sides were seen to.
    const [way, sides] = [[0], [0]];
    for (let steps = 1; way.length > 0; steps++) {
      if (steps % PIECE_NODES === 0) await setImmediate();
      const [node, side] = [way.at(-1)!, sides.at(-1)!];
      if (side > 1) {
        state[node] = DONE;
        way.pop();
        sides.pop();
        continue;
      }
      sides[sides.length - 1] = side + 1;
      const record = this.#record(node, side as 0 | 1);
      if (record > nodes) this.#data.verifyRecord(this.#placeOf(record));
      if (record >= nodes || state[record] === DONE) continue;
      if (state[record] === ON_THE_WAY) throw new RangeError(`its tree leads from node ${node} back to node ${record}`);
      if (way.length >= deepest) throw new RangeError(`its tree is deeper than the ${deepest} bits of an address`);
      state[record] = ON_THE_WAY;
      way.push(record);
      sides.push(0);
    }
  }

  #placeOf(record: number): number {
    return (this.#nodes * this.#recordBits) / 4 + record - this.#nodes;
  }

  /** The record that the first `bits` of an address lead to, from a node on. */
  #walk(from: number, words: readonly number[], bits: number): number {
    let node = from;
    for (let bit = 0; bit < bits && node < this.#nodes; bit++) {
      node = this.#record(node, ((words[bit >> 5]! >>> (31 - (bit & 31))) & 1) as 0 | 1);
    }
    return node;
  }

  #record(node: number, side: 0 | 1): number {
    const bytes = this.#bytes;
    const at = (node * this.#recordBits) / 4;
    if (this.#recordBits === 32) return bytes.readUInt32BE(at + side * 4);
    const from = side === 0 ? at : at + this.#recordBits / 4 - 3;
    const low = (bytes[from]! << 16) | (bytes[from + 1]! << 8) | bytes[from + 2]!;
    if (this.#recordBits === 24) return low;
    const middle = bytes[at + 3]!;
    return (side === 0 ? middle >> 4 : middle & 15) * 2 ** 24 + low;
  }
}

interface Tree {
  readonly nodes: number;
  readonly recordBits: 24 | 28 | 32;
  readonly isIpv6: boolean;
  readonly type: string;
  readonly builtMs: number;
  readonly bytes: number;
  readonly dataEnd: number;
}

/** Reads the metadata at the end. Throws RangeError. */
function treeOf(bytes: Buffer): Tree {
  const marker = bytes.lastIndexOf(MARKER);
  if (marker < 0 || bytes.length - marker > METADATA_BYTES_MAX)
    throw new RangeError("there is no metadata at its end, so it is no MaxMind DB");
  const start = marker + MARKER.length;
  const metadata = new MmdbData(bytes, start, bytes.length);
  metadata.beginVerifying();
  metadata.verify(start);
  const read = (name: string): Scalar | undefined => metadata.find(start, [Buffer.from(name)]);
  const [version, nodes, recordBits] = [read("binary_format_major_version"), read("node_count"), read("record_size")];
  const [ipVersion, type, builtSeconds] = [read("ip_version"), read("database_type"), read("build_epoch")];
  if (version !== 2) throw new RangeError(`it is of version ${shown(version)} of the format; 2 was wanted`);
  if (recordBits !== 24 && recordBits !== 28 && recordBits !== 32) {
    throw new RangeError(`its records are of ${shown(recordBits)} bits; 24, 28 or 32 were wanted`);
  }
  if (ipVersion !== 4 && ipVersion !== 6) throw new RangeError(`it is of version ${shown(ipVersion)} of IP; 4 or 6 was wanted`);
  if (typeof nodes !== "number" || nodes < 1) throw new RangeError(`it has ${shown(nodes)} nodes; at least one was wanted`);
  const treeBytes = (nodes * recordBits) / 4;
  if (treeBytes + SEPARATOR_BYTES > marker) throw new RangeError(`it has room for fewer than the ${nodes} nodes that it says it has`);
  return {
    nodes,
    recordBits,
    isIpv6: ipVersion === 6,
    type: typeof type === "string" ? type : "",
    builtMs: typeof builtSeconds === "number" ? builtSeconds * 1000 : 0,
    bytes: treeBytes,
    dataEnd: marker,
  };
}

function shown(value: Scalar | undefined): string {
  return value === undefined ? "no" : String(value).slice(0, 20);
}

const MARKER = Buffer.from("\u00ab\u00cd\u00efMaxMind.com", "latin1");
const METADATA_BYTES_MAX = 128 << 10;
const SEPARATOR_BYTES = 16;
/** Some five milliseconds of work. */
const PIECE_NODES = 50_000;
const ON_THE_WAY = 1;
const DONE = 2;
