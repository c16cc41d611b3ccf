import { type Cidr, DueQueue, PrefixMap } from "../kit/index.ts";
import { type Decision, isBlocking } from "./decision.ts";
import { laterOf } from "./policy.ts";

/** One prefix that is blocked now. Several decisions may stand behind it; the latest gives reason and maker. */
export interface BlockInForce {
  /** Canonical, with its length. */
  readonly cidr: string;
  /** When the first of its decisions was made (epoch ms). */
  readonly fromMs: number;
  /** Epoch ms; undefined is for good. */
  readonly untilMs: number | undefined;
  readonly reason: string;
  readonly madeBy: string;
  readonly isByPerson: boolean;
  /** How many decisions stand behind it. */
  readonly decisions: number;
  /** Where room is short the higher comes first: what a person asked for, then what was asked for most often. */
  readonly priority: number;
}

/** The block list in memory: what is wanted of every enforcer. Look-ups cost a probe per prefix length, ends are kept in a heap. */
export class BlockList {
  readonly #byPrefix = new PrefixMap<BlockInForce>();
  readonly #byCidr = new Map<string, Cidr>();
  readonly #ends = new DueQueue<string>();
  /** When the new blocks by rows of the last minute were made, in order. */
  #recentMs: number[] = [];
  /** Those before it are more than a minute ago. */
  #firstRecent = 0;

  get size(): number {
    return this.#byPrefix.size;
  }

  /** When the next block ends (epoch ms); undefined when none does. */
  get nextEndMs(): number | undefined {
    return this.#ends.nextDueMs;
  }

  get(cidr: Cidr): BlockInForce | undefined {
    return this.#byPrefix.get(cidr);
  }

  /** The block of exactly this prefix, by its canonical text. */
  byText(cidr: string): BlockInForce | undefined {
    const parsed = this.#byCidr.get(cidr);
    return parsed === undefined ? undefined : this.#byPrefix.get(parsed);
  }

  /** Every block that holds all of `cidr`, the longest prefix first. */
  containing(cidr: Cidr): BlockInForce[] {
    return this.#byPrefix.containing(cidr);
  }

  /** Every block inside `cidr`. */
  within(cidr: Cidr): BlockInForce[] {
    return this.#byPrefix.within(cidr);
  }

  /** The prefixes that are blocked. */
  prefixes(): IterableIterator<Cidr> {
    return this.#byCidr.values();
  }

  values(): IterableIterator<BlockInForce> {
    return this.#byPrefix.values();
  }

  /** New blocks by rows in the 60 seconds before `nowMs`. */
  blocksLastMinute(nowMs: number): number {
    while (this.#firstRecent < this.#recentMs.length && this.#recentMs[this.#firstRecent]! <= nowMs - MINUTE_MS) this.#firstRecent++;
    // What is over is let go of when it is half of all, so that each costs once.
    if (this.#firstRecent * 2 > this.#recentMs.length) {
      this.#recentMs = this.#recentMs.slice(this.#firstRecent);
      this.#firstRecent = 0;
    }
    return this.#recentMs.length - this.#firstRecent;
  }

  /** Takes in a decision that blocks. */
  add(cidr: Cidr, decision: Decision): void {
    const standing = this.#byPrefix.get(cidr);
    const decisions = (standing?.decisions ?? 0) + 1;
    const isByPerson = decision.rowKey === undefined || standing?.isByPerson === true;
    const block: BlockInForce = {
      cidr: decision.cidr,
      fromMs: standing?.fromMs ?? decision.decidedMs,
      untilMs: standing === undefined ? decision.untilMs : laterOf(standing.untilMs, decision.untilMs),
      reason: decision.reason,
      madeBy: decision.madeBy,
      isByPerson,
      decisions,
      priority: (isByPerson ? PRIORITY_OF_PERSON : 0) + Math.min(decisions, PRIORITY_OF_PERSON - 1),
    };
    this.#byPrefix.set(cidr, block);
    this.#byCidr.set(block.cidr, cidr);
    if (block.untilMs === undefined) this.#ends.delete(block.cidr);
    else this.#ends.set(block.cidr, block.untilMs);
    if (decision.rowKey !== undefined && decision.outcome === "blocked") this.#recentMs.push(decision.decidedMs);
  }

  /** Takes a block out. False when there is none. */
  remove(cidr: string): boolean {
    const parsed = this.#byCidr.get(cidr);
    if (parsed === undefined) return false;
    this.#byCidr.delete(cidr);
    this.#ends.delete(cidr);
    return this.#byPrefix.delete(parsed);
  }

  /** Takes out what has ended at `nowMs`, and returns it. */
  expire(nowMs: number): string[] {
    const ended = this.#ends.takeDue(nowMs);
    for (const cidr of ended) this.remove(cidr);
    return ended;
  }

  /** Takes in what the ledger holds in place of what was here: decisions that block, not lifted, in the order they were made. */
  load(decisions: Iterable<readonly [Cidr, Decision]>): void {
    for (const cidr of this.#byCidr.keys()) this.remove(cidr);
    this.#recentMs = [];
    this.#firstRecent = 0;
    for (const [cidr, decision] of decisions) if (isBlocking(decision)) this.add(cidr, decision);
  }
}

const MINUTE_MS = 60_000;
const PRIORITY_OF_PERSON = 1_000_000;
