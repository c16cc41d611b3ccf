import type { FittedBlocks, WantedBlock } from "../component/index.ts";
import { type Cidr, parseCidr } from "../kit/index.ts";

/** How far blocks may be merged. */
export interface MergeBounds {
  /** The shortest prefixes that neighbours are merged into; 32 and 128 merge none. */
  readonly ipv4Bits: number;
  readonly ipv6Bits: number;
  /** The room of one family is room for the other. */
  readonly isRoomShared: boolean;
  /** True of a prefix that holds something that is not blocked: it is protected, or others let it in. */
  readonly isProtected: (cidr: Cidr) => boolean;
}

/** Fits blocks into the room there is, as an enforcement point does. */
export type Fitting = (wanted: readonly WantedBlock[]) => FittedBlocks;

/**
 * Fits blocks as `fitting` does, and where that leaves some outside, merges neighbours into prefixes until there is room: those first that
 * take in the fewest addresses that nobody asked to block. What fits without is not touched, so what was merged stands by itself again as
 * soon as there is room. Pure.
 */
export function fitMerged(wanted: readonly WantedBlock[], fitting: Fitting, bounds: MergeBounds): FittedBlocks {
  let fitted = fitting(wanted);
  if (fitted.beyond.size === 0) return fitted;
  const merging = new Merging(wanted, bounds);
  for (let round = 0; round < ROUNDS_MAX && fitted.beyond.size > 0; round++) {
    if (!merging.shrink(shortOf(fitted))) break;
    fitted = fitting(merging.blocks());
  }
  return {
    within: fitted.within,
    beyond: merging.expanded(fitted.beyond),
    covered: new Map([...fitted.covered, ...merging.covered(fitted.beyond)]),
  };
}

/** Blocks left outside, by family. */
function shortOf({ beyond }: FittedBlocks): Record<4 | 6, number> {
  const short = { 4: 0, 6: 0 };
  for (const cidr of beyond.keys()) short[cidr.includes(":") ? 6 : 4]++;
  return short;
}

interface Item {
  readonly cidr: Cidr;
  readonly block: WantedBlock;
  /** The blocks that it stands for; empty for one that was asked for. */
  readonly members: readonly WantedBlock[];
}

/** The blocks while they are merged. */
class Merging {
  readonly #bounds: MergeBounds;
  readonly #items = new Map<string, Item>();

  constructor(wanted: readonly WantedBlock[], bounds: MergeBounds) {
    this.#bounds = bounds;
    for (const block of wanted) {
      const cidr = parseCidr(block.cidr);
      if (cidr !== undefined) this.#items.set(block.cidr, { cidr, block, members: [] });
    }
  }

  blocks(): WantedBlock[] {
    return Array.from(this.#items.values(), ({ block }) => block);
  }

  /** The blocks that a prefix stands for, each with that prefix; those of one that is left outside are as if alone. */
  covered(beyond: ReadonlyMap<string, string>): Map<string, string> {
    return new Map(
      this.#merged().flatMap(({ block, members }) =>
        (beyond.has(block.cidr) ? [] : members).map(({ cidr }): [string, string] => [cidr, block.cidr]),
      ),
    );
  }

  /** What is said of prefixes, said of the blocks that they stand for. */
  expanded(beyond: ReadonlyMap<string, string>): Map<string, string> {
    return new Map(
      [...beyond].flatMap(([cidr, why]) => {
        const members = this.#items.get(cidr)?.members ?? [];
        return members.length === 0 ? [[cidr, why] as const] : members.map((member) => [member.cidr, why] as const);
      }),
    );
  }

  /** Merges until there are so many less of each family. False when nothing could be merged any more. */
  shrink(short: Readonly<Record<4 | 6, number>>): boolean {
    const before = this.#items.size;
    const { ipv4Bits, ipv6Bits, isRoomShared } = this.#bounds;
    // A network of IPv6 is mostly one customer's: where that makes the room, fewer bystanders are hit.
    this.#shrink(6, isRoomShared ? short[4] + short[6] : short[6], range(64, ipv6Bits));
    this.#shrink(4, isRoomShared ? short[4] + short[6] - (before - this.#items.size) : short[4], range(31, ipv4Bits));
    return this.#items.size < before;
  }

  #shrink(family: 4 | 6, short: number, lengths: readonly number[]): void {
    let missing = short;
    for (const bits of lengths) {
      if (missing <= 0) return;
      for (const { prefix, items } of this.#groups(family, bits)) {
        if (missing <= 0) return;
        this.#merge(prefix, items);
        missing -= items.length - 1;
      }
    }
  }

  /** The prefixes of a length that hold two blocks or more and nothing protected: first those that hold the least beside them. */
  #groups(family: 4 | 6, bits: number): { readonly prefix: Cidr; readonly items: readonly Item[] }[] {
    const groups = new Map<string, { readonly prefix: Cidr; readonly items: Item[]; spare: number }>();
    for (const item of this.#items.values()) {
      if (item.cidr.family !== family || item.cidr.bits < bits) continue;
      const prefix = item.cidr.widened(bits);
      const key = prefix.toString();
      const group = groups.get(key) ?? { prefix, items: [], spare: sizeOf(prefix) };
      group.items.push(item);
      group.spare -= sizeOf(item.cidr);
      groups.set(key, group);
    }
    const several = [...groups.values()].filter(({ items, prefix }) => items.length > 1 && !this.#bounds.isProtected(prefix));
    return several.toSorted((a, b) => a.spare / (a.items.length - 1) - b.spare / (b.items.length - 1));
  }

  #merge(prefix: Cidr, items: readonly Item[]): void {
    const cidr = prefix.toString();
    for (const item of items) this.#items.delete(item.block.cidr);
    const members = items
      .flatMap((item) => (item.members.length === 0 ? [item.block] : item.members))
      .filter((member) => member.cidr !== cidr);
    const ends = items.map(({ block }) => block.untilMs ?? Number.POSITIVE_INFINITY);
    const untilMs = Math.max(...ends);
    const block = {
      cidr,
      untilMs: untilMs === Number.POSITIVE_INFINITY ? undefined : untilMs,
      priority: Math.max(...items.map((item) => item.block.priority)),
    };
    this.#items.set(cidr, { cidr: prefix, block, members });
  }

  #merged(): Item[] {
    return [...this.#items.values()].filter(({ members }) => members.length > 0);
  }
}

/** How much a prefix holds: addresses of IPv4, networks of 64 bits of IPv6, of which an address is next to nothing. */
function sizeOf({ family, bits }: Cidr): number {
  return 2 ** ((family === 4 ? 32 : 64) - bits);
}

/** From `most` down to `least`; empty when that is more. */
function range(most: number, least: number): number[] {
  return Array.from({ length: Math.max(0, most - least + 1) }, (_, index) => most - index);
}

/** Each merges as many as are left outside; where room is not a matter of numbers alone it takes more than one. */
const ROUNDS_MAX = 8;
