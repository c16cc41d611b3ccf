import type { Value } from "../../event/index.ts";
import { valueText } from "../plan/value_text.ts";

/**
 * About how many different values there are among those added and not deleted again. Up to `EXACT_MAX` of them are counted by their hashes;
 * beyond, it is a HyperLogLog that can forget: where the usual one keeps the highest rank of a register, this one counts how many values
 * there are of each rank, so that taking one out brings back what was below it. It must be told of a value only to delete it that it was
 * told of to add it.
 *
 * Flajolet et al., "HyperLogLog: the analysis of a near-optimal cardinality estimation algorithm" (2007); Ertl, "New cardinality estimation
 * algorithms for HyperLogLog sketches" (2017), algorithm 6.
 */
export class DistinctSketch {
  /** How often each hash is in; undefined once there are too many. */
  #exact: Map<number, number> | undefined = new Map();
  /** By rank, how many values each register has; a rank that no value had takes no memory. */
  #ranks: (Uint32Array | undefined)[] = [];
  #size = 0;

  add(value: Value): void {
    this.#size++;
    const [high, low] = hashOf(value);
    if (this.#exact === undefined) return this.#count(high, low, 1);
    const hash = joined(high, low);
    this.#exact.set(hash, (this.#exact.get(hash) ?? 0) + 1);
    if (this.#exact.size > EXACT_MAX) this.#spread(this.#exact);
  }

  delete(value: Value): void {
    if (this.#size === 0) return;
    this.#size--;
    const [high, low] = hashOf(value);
    if (this.#exact === undefined) this.#count(high, low, -1);
    else {
      const hash = joined(high, low);
      const count = this.#exact.get(hash) ?? 0;
      if (count > 1) this.#exact.set(hash, count - 1);
      else this.#exact.delete(hash);
    }
    if (this.#size === 0) this.restore([0, new Map(), []]);
  }

  estimate(): number {
    return this.#exact === undefined ? Math.round(estimateOf(this.#registersByRank())) : this.#exact.size;
  }

  save(): unknown {
    return [this.#size, this.#exact, this.#ranks];
  }

  restore(saved: unknown): void {
    [this.#size, this.#exact, this.#ranks] = saved as [number, Map<number, number> | undefined, (Uint32Array | undefined)[]];
  }

  #spread(exact: ReadonlyMap<number, number>): void {
    this.#exact = undefined;
    for (const [hash, count] of exact) this.#count(Math.floor(hash / LOW), hash % LOW, count);
  }

  #count(high: number, low: number, by: number): void {
    const register = high >>> (HIGH_BITS - REGISTER_BITS);
    const rank = rankOf(high, low);
    const counts = (this.#ranks[rank] ??= new Uint32Array(REGISTERS));
    counts[register] = Math.max(0, counts[register]! + by);
  }

  /** How many registers have each rank as their highest; at 0, those that have none. */
  #registersByRank(): number[] {
    const byRank = Array.from({ length: RANK_MAX + 1 }, () => 0);
    for (let register = 0; register < REGISTERS; register++) {
      let rank = this.#ranks.length - 1;
      while (rank > 0 && !((this.#ranks[rank]?.[register] ?? 0) > 0)) rank--;
      byRank[Math.max(rank, 0)]!++;
    }
    return byRank;
  }
}

/** The place of the first 1 behind the bits that choose the register, from 1. */
function rankOf(high: number, low: number): number {
  const rest = high & ((1 << (HIGH_BITS - REGISTER_BITS)) - 1);
  const restBits = HIGH_BITS - REGISTER_BITS;
  if (rest !== 0) return restBits - (31 - Math.clz32(rest));
  return restBits + (low === 0 ? 33 : Math.clz32(low) + 1);
}

function estimateOf(byRank: readonly number[]): number {
  let sum = REGISTERS * tau(1 - byRank[RANK_MAX]! / REGISTERS);
  for (let rank = RANK_MAX - 1; rank >= 1; rank--) sum = (sum + byRank[rank]!) / 2;
  sum += REGISTERS * sigma(byRank[0]! / REGISTERS);
  return (REGISTERS * REGISTERS) / (2 * Math.LN2 * sum);
}

function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY;
  let [power, weight, sum] = [share, 1, share];
  for (;;) {
    power *= power;
    const before = sum;
    sum += power * weight;
    weight += weight;
    if (sum === before) return sum;
  }
}

function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let [root, weight, sum] = [share, 1, 1 - share];
  for (;;) {
    root = Math.sqrt(root);
    const before = sum;
    weight /= 2;
    sum -= (1 - root) ** 2 * weight;
    if (sum === before) return sum / 3;
  }
}

/** 53 bits of hash, the upper 21 and the lower 32: MurmurHash3 over the text of the value, twice. The same in every process. */
function hashOf(value: Value): [number, number] {
  const text = `${typeof value}:${typeof value === "object" ? valueText(value) : String(value)}`;
  return [murmur(text, 0x9747_b28c) >>> (32 - HIGH_BITS), murmur(text, 0x1b87_3593)];
}

function murmur(text: string, seed: number): number {
  let hash = seed;
  for (let at = 0; at < text.length; at++) {
    let block = Math.imul(text.charCodeAt(at), 0xcc9e_2d51);
    block = (block << 15) | (block >>> 17);
    hash ^= Math.imul(block, 0x1b87_3593);
    hash = Math.imul((hash << 13) | (hash >>> 19), 5) + 0xe654_6b64;
  }
  hash ^= text.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function joined(high: number, low: number): number {
  return high * LOW + low;
}

const LOW = 2 ** 32;
const HIGH_BITS = 21;
const REGISTER_BITS = 12;
const REGISTERS = 1 << REGISTER_BITS;
/** 9 bits behind the register in the upper part of the hash, 32 in the lower, and one for a hash of nothing but zeros. */
const RANK_MAX = HIGH_BITS - REGISTER_BITS + 33;
const EXACT_MAX = 1024;
