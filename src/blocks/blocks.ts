import {
  type Cidr,
  type Clock,
  type Counters,
  type Database,
  HotakaError,
  type Log,
  messageOf,
  oneLine,
  parseCidr,
  type Steps,
  type Timer,
} from "../kit/index.ts";
import { type BlockInForce, BlockList } from "./block_list.ts";
import { consider, parseRequested, type Rules } from "./deciding.ts";
import { type Decision, type DecisionRequest, isBlocking, type Lifted, type Outcome } from "./decision.ts";
import { type DecisionEvent, type Settlement, settledAtOnce } from "./decision_event.ts";
import { type EnforcementPoint, enforcementOf } from "./enforcement.ts";
import { Holds } from "./holds.ts";
import { Ledger } from "./ledger.ts";
import type { LedgerPage, LedgerSearch } from "./ledger_search.ts";
import { LEDGER_BOUNDS, type LedgerBounds, LedgerUpkeep } from "./ledger_upkeep.ts";
import { Settling } from "./settling.ts";
import { type BlockStanding, type Story, strikesOf, tell } from "./story.ts";

export interface BlocksOptions {
  /** Opened with `LEDGER_MIGRATIONS`. It stays the caller's to close. */
  readonly database: Database;
  readonly rules: Rules;
  readonly clock: Clock;
  readonly steps: Steps;
  readonly log: Log;
  readonly counters: Counters;
  readonly keep?: Partial<LedgerBounds>;
}

/** A person's wish to block. */
export interface BlockByPerson {
  /** Undefined is for good. */
  readonly forMs: number | undefined;
  readonly reason: string;
  readonly by: string;
}

/**
 * Decides what is blocked, writes every decision down, and holds the list of what is in force. Enforcers take the list from here and hear
 * of its changes; nothing here touches a firewall.
 */
export class Blocks {
  readonly #list = new BlockList();
  readonly #ledger: Ledger;
  readonly #options: BlocksOptions;
  readonly #listeners = new Set<(cidrs: readonly string[]) => void>();
  readonly #points = new Set<EnforcementPoint>();
  readonly #upkeep: LedgerUpkeep;
  readonly #settling: Settling;
  /** What was held back and waits for a person. */
  readonly holds: Holds;
  readonly #eventListeners = new Set<() => void>();
  readonly #askedListeners = new Set<(asked: Cidr) => void>();
  #rules: Rules;
  #expiry: Timer | undefined;

  /** Takes up the blocks that the ledger says are in force. Those that have become protected since are lifted. */
  constructor(options: BlocksOptions) {
    this.#options = options;
    this.#rules = options.rules;
    this.#ledger = new Ledger(options.database);
    this.holds = new Holds({
      ...options,
      ledger: this.#ledger,
      rules: () => this.#rules,
      decide: (requests, alongside) => this.#decideAll(requests, alongside),
    });
    this.#load();
    this.#upkeep = new LedgerUpkeep({ ...options, ledger: this.#ledger, bounds: { ...LEDGER_BOUNDS, ...options.keep } });
    this.#settling = new Settling({
      clock: options.clock,
      standing: (cidr) => {
        const block = this.#list.byText(cidr);
        return block === undefined ? undefined : this.#standing(block).enforcement;
      },
      settle: (settlements) => this.#settle(settlements),
    });
    for (const decision of this.#ledger.unsettled()) this.#settling.add(decision);
    this.#liftProtected(this.#list.prefixes());
    this.#armExpiry();
  }

  /**
   * Decides on a row or a person's wish and writes it down: durable when it returns. A row whose key was decided on before gets that
   * decision again, even if it has been lifted since. Throws HOTAKA_ADDRESS_INVALID when the address is none.
   */
  decide(request: DecisionRequest): Decision {
    return this.decideAll([request])[0]!;
  }

  /**
   * Decides on many, each as if alone and in this order, with one write: all are durable when it returns, or none when it throws. A wave of
   * ten thousand is told of once to those who listen.
   */
  decideAll(requests: readonly DecisionRequest[]): Decision[] {
    return this.#decideAll(requests, () => {});
  }

  /** What `decide` would say now, without deciding it. */
  consider(request: DecisionRequest): Decision {
    return this.#consider(request)[1];
  }

  /** Blocks at a person's word. Throws HOTAKA_BLOCK_REFUSED, having written that down, when the address is protected or the list is full. */
  block(address: string, { forMs, reason, by }: BlockByPerson): Decision {
    const decision = this.decide({ rowKey: undefined, address, forMs, mode: "block", reason, madeBy: by, eventTimeMs: undefined });
    if (isBlocking(decision)) return decision;
    throw new HotakaError("HOTAKA_BLOCK_REFUSED", `${address} was not blocked: ${decision.objection ?? decision.outcome}.`, {
      details: { cidr: decision.cidr },
    });
  }

  /**
   * Takes back every block that holds the address, or that lies inside the prefix. The same rows do not bring it back; new ones may.
   * Throws HOTAKA_BLOCK_NOT_FOUND when there is none, HOTAKA_ADDRESS_INVALID when the address is none.
   */
  unblock(address: string, { by, reason }: { readonly by: string; readonly reason: string }): Decision[] {
    const cidr = parseRequested(address);
    const blocks = this.#touching(cidr);
    if (blocks.length === 0) {
      throw new HotakaError(
        "HOTAKA_BLOCK_NOT_FOUND",
        `${cidr.shown} is not blocked, so there is nothing to take back. \`hotaka why ${cidr.shown}\` tells what was decided about it.`,
      );
    }
    return this.#lift(blocks, { atMs: this.#options.clock.nowMs(), by: oneLine(by, 200), reason: oneLine(reason, 500) });
  }

  /** Every block in force, in no particular order. Fast: nothing is copied. */
  inForce(): IterableIterator<BlockInForce> {
    this.#expire(this.#options.clock.nowMs());
    return this.#list.values();
  }

  /** The block of exactly this prefix, by its canonical text; undefined when there is none in force. */
  byText(cidr: string): BlockInForce | undefined {
    this.#expire(this.#options.clock.nowMs());
    return this.#list.byText(cidr);
  }

  get size(): number {
    return this.#list.size;
  }

  /** Blocks in force with how they stand at each enforcement point, the latest first: `limit` of them behind `offset` others. */
  list({ limit = Number.POSITIVE_INFINITY, offset = 0 }: { readonly limit?: number; readonly offset?: number } = {}): BlockStanding[] {
    const latest = [...this.#list.values()].toSorted((a, b) => b.fromMs - a.fromMs);
    return latest.slice(offset, offset + limit).map((block) => this.#standing(block));
  }

  /** The longest block that holds the address, or undefined. For those who are asked at each request. */
  holding(address: Cidr): BlockInForce | undefined {
    return this.#list.containing(address)[0];
  }

  /** All that is known of an address or prefix. Throws HOTAKA_ADDRESS_INVALID when it is none. */
  why(address: string): Story {
    const cidr = parseRequested(address);
    const nowMs = this.#options.clock.nowMs();
    const { decisions } = this.#ledger.search({ cidr, limit: STORY_DECISIONS_MAX });
    const facts = {
      protectedBy: this.#rules.protection.whyNot(cidr),
      inForce: this.#touching(cidr).map((block) => this.#standing(block)),
      decisions,
      // A prefix holds many, each with strikes of its own.
      strikes: strikesOf(
        cidr.isAddress ? decisions : decisions.filter((decision) => decision.cidr === cidr.toString()),
        nowMs,
        this.#rules.policy.repeat,
      ),
    };
    return { address: cidr.shown, ...facts, sentences: tell(cidr, facts, nowMs) };
  }

  /** What was decided, of all that the ledger still holds. `address` as for `why`; throws HOTAKA_ADDRESS_INVALID when it is none. */
  search({ address, ...search }: Omit<LedgerSearch, "cidr"> & { readonly address?: string }): LedgerPage {
    return this.#ledger.search({ ...search, ...(address === undefined ? {} : { cidr: parseRequested(address) }) });
  }

  /** How much of the past is kept from now on. */
  keep(bounds: LedgerBounds): void {
    this.#upkeep.bounds = bounds;
  }

  /**
   * Calls `listener` with the prefixes concerned after each change of what is in force, and with none when what is protected has changed.
   * Returns how to stop that.
   */
  onChange(listener: (cidrs: readonly string[]) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /**
   * How decisions came out, from behind `seq` on, `limit` at most: the same at every call and after a restart, so that who remembers the
   * last number it took takes each once.
   */
  events(seq: number, limit: number): DecisionEvent[] {
    return this.#ledger.events(seq, limit);
  }

  /** The number of the newest of `events`; 0 when there was none. */
  get lastEventSeq(): number {
    return this.#ledger.lastEventSeq();
  }

  /** Calls `listener` when there are new `events`. Returns how to stop that. */
  onEvents(listener: () => void): () => void {
    this.#eventListeners.add(listener);
    return () => void this.#eventListeners.delete(listener);
  }

  /** Calls `listener` with each address that was blocked, as it was asked for: before it was widened. Returns how to stop that. */
  onBlocked(listener: (asked: Cidr) => void): () => void {
    this.#askedListeners.add(listener);
    return () => void this.#askedListeners.delete(listener);
  }

  /** An enforcement point has been read anew: what was decided may have come out. */
  observed(): void {
    this.#settling.check();
  }

  /** Makes the state of an enforcement point part of `list` and `why`. Returns how to take it out. */
  attach(point: EnforcementPoint): () => void {
    this.#points.add(point);
    return () => void this.#points.delete(point);
  }

  /** These have become protected: blocks that hold a part of them are lifted, and what waits is given up. Undefined: any may have. */
  protect(cidrs: readonly Cidr[] | undefined): void {
    const touched = cidrs?.flatMap((cidr) => this.#touching(cidr).flatMap((block) => parseCidr(block.cidr) ?? []));
    this.#liftProtected(touched ?? this.#list.prefixes());
    this.holds.rejectProtected();
    // A place that has merged blocks into a prefix may hold it too, though none of them is of it.
    this.#changed([]);
  }

  /** What requests are judged by now. */
  get rules(): Rules {
    return this.#rules;
  }

  /** Other rules hold from now on. A block that the new ones protect against is lifted: allow beats block, everywhere and at once. */
  setRules(rules: Rules): void {
    this.#rules = rules;
    this.protect(undefined);
  }

  close(): void {
    this.#expiry?.cancel();
    this.#upkeep.close();
    this.#settling.close();
    this.#listeners.clear();
    this.#eventListeners.clear();
    this.#askedListeners.clear();
  }

  #consider(request: DecisionRequest): [Cidr, Decision] {
    const nowMs = this.#options.clock.nowMs();
    this.#expire(nowMs);
    return consider(request, { list: this.#list, nowMs, lastStrike: (cidr) => this.#ledger.lastStrike(cidr) }, this.#rules);
  }

  #decideAll(requests: readonly DecisionRequest[], alongside: () => void): Decision[] {
    const fresh: Decision[] = [];
    const asked: Cidr[] = [];
    try {
      const decisions = this.#ledger.transaction(() => {
        alongside();
        return requests.map((request) => {
          const known = request.rowKey === undefined ? undefined : this.#ledger.byRowKey(request.rowKey);
          if (known !== undefined) return known;
          const [cidr, considered] = this.#consider(request);
          const decision = this.#record(this.holds.admit(considered, request.forMs), cidr);
          fresh.push(decision);
          if (isBlocking(decision)) asked.push(parseRequested(request.address));
          // The next one is judged by a list that holds this one.
          if (isBlocking(decision)) this.#list.add(cidr, decision);
          this.holds.decided(decision);
          return decision;
        });
      });
      this.#decided(fresh);
      for (const listener of this.#askedListeners) for (const cidr of asked) listener(cidr);
      return decisions;
    } catch (thrown) {
      // Nothing was written, so nothing of it is in force.
      if (fresh.length > 0) this.#load();
      throw thrown;
    }
  }

  /** Takes up what the ledger says is in force, and what waits. */
  #load(): void {
    const standing = this.#ledger.standing(this.#options.clock.nowMs());
    this.#list.load(standing.flatMap((decision) => pairOf(decision)));
    this.holds.load();
  }

  /** What is written down takes effect, and those who listen are told. */
  #decided(decisions: readonly Decision[]): void {
    const blocking = decisions.filter((decision) => isBlocking(decision));
    for (const { outcome } of decisions) this.#count(outcome);
    for (const decision of blocking) this.#settling.add(decision);
    if (blocking.length > 0 && this.#points.size === 0) this.#settling.check();
    if (blocking.length > 0) this.#changed(blocking.map(({ cidr }) => cidr));
    else this.#armExpiry();
    if (blocking.length < decisions.length) this.#eventsCame();
  }

  /** Writes a decision down, and with it how it came out where there is nothing to wait for. */
  #record(considered: Decision, cidr: Cidr): Decision {
    const decision = this.#ledger.add(considered, cidr);
    const settlement = settledAtOnce(decision);
    if (settlement !== undefined) this.#ledger.settle([{ decision, settlement }], decision.decidedMs);
    return decision;
  }

  #settle(settlements: readonly { readonly decision: Decision; readonly settlement: Settlement }[]): boolean {
    const { clock, log } = this.#options;
    try {
      this.#ledger.settle(settlements, clock.nowMs());
    } catch (thrown) {
      log.error(`blocks: how ${settlements.length} decisions came out could not be written down: ${messageOf(thrown)}`);
      return false;
    }
    this.#eventsCame();
    return true;
  }

  #eventsCame(): void {
    for (const listener of this.#eventListeners) listener();
  }

  #touching(cidr: Cidr): BlockInForce[] {
    this.#expire(this.#options.clock.nowMs());
    const inside = this.#list.within(cidr);
    return [...inside, ...this.#list.containing(cidr).filter((block) => !inside.includes(block))];
  }

  #lift(blocks: readonly BlockInForce[], lifted: Lifted): Decision[] {
    const decisions = this.#ledger.transaction(() => blocks.flatMap(({ cidr }) => this.#ledger.lift(cidr, lifted)));
    for (const { cidr } of blocks) this.#list.remove(cidr);
    this.#options.counters.counter("blocks_lifted", "Blocks taken back before their end.").add(blocks.length);
    this.#changed(blocks.map(({ cidr }) => cidr));
    return decisions;
  }

  #liftProtected(cidrs: Iterable<Cidr>): void {
    const atMs = this.#options.clock.nowMs();
    const found = Array.from(cidrs).flatMap((cidr) => {
      const why = this.#rules.protection.whyNot(cidr);
      const block = why === undefined ? undefined : this.#list.get(cidr);
      return why === undefined || block === undefined ? [] : [{ block, why }];
    });
    for (const { block, why } of found) {
      this.#options.log.warn(`blocks: ${block.cidr} is no longer blocked: ${why}.`);
      this.#lift([block], { atMs, by: "policy", reason: why });
    }
  }

  #standing(block: BlockInForce): BlockStanding {
    return { ...block, enforcement: [...this.#points].map((point) => enforcementOf(block.cidr, point, block.fromMs)) };
  }

  #changed(cidrs: readonly string[]): void {
    this.#armExpiry();
    for (const listener of this.#listeners) listener(cidrs);
  }

  /** Wakes at the next end. One timer, however many blocks there are. */
  #armExpiry(): void {
    this.#expiry?.cancel();
    this.#expiry = undefined;
    const { clock } = this.#options;
    const nextMs = Math.min(this.#list.nextEndMs ?? Number.POSITIVE_INFINITY, this.holds.nextEndMs ?? Number.POSITIVE_INFINITY);
    if (nextMs === Number.POSITIVE_INFINITY) return;
    this.#expiry = clock.after(Math.max(0, nextMs - clock.nowMs()), () => {
      this.#expire(clock.nowMs());
      this.#armExpiry();
    });
  }

  #expire(nowMs: number): void {
    this.holds.expire(nowMs);
    const ended = this.#list.expire(nowMs);
    if (ended.length === 0) return;
    this.#options.counters.counter("blocks_expired", "Blocks that came to their end.").add(ended.length);
    this.#changed(ended);
  }

  #count(outcome: Outcome): void {
    this.#options.counters.counter("blocks_decided", "Decisions made, by what became of them.", { outcome }).add();
  }
}

/** A thing with a canonical CIDR, beside the parsed one. */
function pairOf<Thing extends { readonly cidr: string }>(thing: Thing): [Cidr, Thing][] {
  const cidr = parseCidr(thing.cidr);
  return cidr === undefined ? [] : [[cidr, thing]];
}

const STORY_DECISIONS_MAX = 100;
