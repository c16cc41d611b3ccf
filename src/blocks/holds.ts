import {
  type Cidr,
  type Clock,
  type Counter,
  type Counters,
  DueQueue,
  HotakaError,
  type Log,
  messageOf,
  oneLine,
  parseCidr,
} from "../kit/index.ts";
import { parseRequested, type Rules } from "./deciding.ts";
import type { Decision, DecisionRequest, Hold, HoldAnswer } from "./decision.ts";
import type { Ledger } from "./ledger.ts";

/** What the list of held decisions works with. */
export interface HoldsOptions {
  readonly ledger: Pick<Ledger, "waiting" | "answer">;
  readonly clock: Clock;
  readonly log: Log;
  readonly counters: Counters;
  /** Those in force now. */
  readonly rules: () => Rules;
  /** Decides on all of them at once, writing down `alongside` with them or nothing at all. */
  readonly decide: (requests: readonly DecisionRequest[], alongside: () => void) => readonly Decision[];
}

/** What a person says of held decisions. */
export interface Verdict {
  readonly by: string;
  readonly reason: string;
}

/**
 * The decisions that the policy held back and that a person may still grant, one for each prefix. Each waits for a bounded time, and there
 * is room for a bounded number: an attack that brings more holds than people can read is not made worse by remembering all of them.
 */
export class Holds {
  readonly #options: HoldsOptions;
  readonly #byCidr = new Map<string, Decision>();
  readonly #ends = new DueQueue<string>();
  readonly #dropped: Counter;
  #saidMs = Number.NEGATIVE_INFINITY;

  /** Nothing waits until `load` was called. */
  constructor(options: HoldsOptions) {
    this.#options = options;
    this.#dropped = options.counters.counter("blocks_held_dropped", "Decisions held back that do not wait for approval, as too many do.");
  }

  /** Takes up what waits in the ledger, in place of what was here. */
  load(): void {
    for (const cidr of this.#byCidr.keys()) this.#ends.delete(cidr);
    this.#byCidr.clear();
    for (const decision of this.#options.ledger.waiting()) this.#wait(decision);
  }

  get size(): number {
    return this.#byCidr.size;
  }

  /** When the next one has waited long enough (epoch ms). */
  get nextEndMs(): number | undefined {
    return this.#ends.nextDueMs;
  }

  /** What waits, the longest first. */
  list(): Decision[] {
    return [...this.#byCidr.values()];
  }

  /** Whether something waits that holds the address, or lies inside the prefix. Throws HOTAKA_ADDRESS_INVALID when it is none. */
  has(address: string): boolean {
    return this.#waitingAt(parseRequested(address)).length > 0;
  }

  /** Gives a decision that is held back its time to wait, where there is room and none waits for the same prefix. */
  admit(decision: Decision, forMs: number | undefined): Decision {
    if (decision.outcome !== "held") return decision;
    const { heldMax, heldForMs } = this.#options.rules().policy;
    const waiting = this.#byCidr.get(decision.cidr);
    if (waiting !== undefined) return { ...decision, objection: `${decision.objection ?? ""}; #${waiting.id} waits for approval already` };
    if (this.#byCidr.size >= heldMax)
      return { ...decision, objection: `${decision.objection ?? ""}, and held_max of ${heldMax} wait already` };
    return { ...decision, hold: { state: "waiting", untilMs: decision.decidedMs + heldForMs, forMs, answer: undefined } };
  }

  /** A decision was written down: if it waits it is remembered, and if it blocks, what waited for the same prefix has come true. */
  decided(decision: Decision): void {
    if (decision.outcome === "held") {
      if (decision.hold !== undefined) this.#wait(decision);
      else if (!this.#byCidr.has(decision.cidr)) this.#dropped.add();
      this.#say(decision);
    } else if (decision.approvedBy === undefined && (decision.outcome === "blocked" || decision.outcome === "extended")) {
      const waiting = this.#byCidr.get(decision.cidr);
      if (waiting !== undefined) this.#answer([waiting], "overtaken", { by: decision.madeBy, reason: `blocked by #${decision.id}` });
    }
  }

  /**
   * Blocks what waits: what holds the address, or lies inside the prefix; all of it without an address. Each for as long as was asked, from
   * now, or for `term`. What the policy forbids by now comes back as a decision that says so. Throws HOTAKA_HOLD_NOT_FOUND when nothing
   * such waits, HOTAKA_ADDRESS_INVALID when the address is none.
   */
  approve(
    address: string | undefined,
    { by, reason, term }: Verdict & { readonly term?: { readonly forMs: number | undefined } },
  ): readonly Decision[] {
    const waiting = this.#touching(address);
    const verdict = { by: oneLine(by, 200), reason: oneLine(reason, 500) };
    const requests = waiting.map((decision): DecisionRequest => {
      const { cidr, madeBy, rowJson, eventTimeMs } = decision;
      return {
        rowKey: undefined,
        address: cidr,
        forMs: term === undefined ? decision.hold?.forMs : term.forMs,
        mode: "block",
        reason: decision.reason,
        madeBy,
        rowJson,
        eventTimeMs,
        approvedBy: verdict.by,
      };
    });
    if (waiting.length === 0) return [];
    const { ledger, clock, decide } = this.#options;
    const answer = { ...verdict, atMs: clock.nowMs() };
    const decisions = decide(requests, () =>
      ledger.answer(
        waiting.map(({ id }) => id),
        "approved",
        answer,
      ),
    );
    this.#forget(waiting, "approved");
    return decisions;
  }

  /** Gives up what waits, as `approve` finds it. Returns the decisions as they then stand. */
  reject(address: string | undefined, { by, reason }: Verdict): readonly Decision[] {
    return this.#answer(this.#touching(address), "rejected", { by: oneLine(by, 200), reason: oneLine(reason, 500) });
  }

  /** Gives up what has become protected. */
  rejectProtected(): void {
    const { protection } = this.#options.rules();
    for (const decision of this.list()) {
      const cidr = parseCidr(decision.cidr);
      const why = cidr === undefined ? undefined : protection.whyNot(cidr);
      if (why !== undefined) this.#answer([decision], "rejected", { by: "policy", reason: why });
    }
  }

  /** Gives up what has waited long enough. */
  expire(nowMs: number): void {
    const late = this.#ends.takeDue(nowMs).flatMap((cidr) => this.#byCidr.get(cidr) ?? []);
    try {
      this.#answer(late, "expired", { by: "policy", reason: "nobody approved it in time" });
    } catch (thrown) {
      this.#options.log.error(`blocks: ${late.length} decisions that waited too long could not be given up: ${messageOf(thrown)}`);
      for (const { cidr } of late) this.#ends.set(cidr, nowMs + AGAIN_MS);
    }
  }

  #touching(address: string | undefined): Decision[] {
    const cidr = address === undefined ? undefined : parseRequested(address);
    if (cidr === undefined) return this.list();
    const found = this.#waitingAt(cidr);
    if (found.length > 0) return found;
    throw new HotakaError(
      "HOTAKA_HOLD_NOT_FOUND",
      `Nothing about ${cidr.shown} waits for approval. \`hotaka blocks --held\` lists what does, \`hotaka why ${cidr.shown}\` tells what was decided.`,
    );
  }

  #waitingAt(cidr: Cidr): Decision[] {
    return this.list().filter((decision) => parseCidr(decision.cidr)?.overlaps(cidr) === true);
  }

  #wait(decision: Decision): void {
    this.#byCidr.set(decision.cidr, decision);
    this.#ends.set(decision.cidr, decision.hold?.untilMs ?? decision.decidedMs);
  }

  #answer(decisions: readonly Decision[], state: Exclude<Hold["state"], "waiting">, said: Omit<HoldAnswer, "atMs">): Decision[] {
    if (decisions.length === 0) return [];
    const { clock, ledger } = this.#options;
    const answer = { ...said, atMs: clock.nowMs() };
    ledger.answer(
      decisions.map(({ id }) => id),
      state,
      answer,
    );
    this.#forget(decisions, state);
    return decisions.map((decision) =>
      decision.hold === undefined ? decision : { ...decision, hold: { ...decision.hold, state, answer } },
    );
  }

  #forget(decisions: readonly Decision[], state: Hold["state"]): void {
    for (const { cidr } of decisions) {
      this.#byCidr.delete(cidr);
      this.#ends.delete(cidr);
    }
    const help = "Decisions that waited for approval, by what became of them.";
    this.#options.counters.counter("blocks_held_answered", help, { state }).add(decisions.length);
  }

  /** One line for a wave, not one for each. */
  #say({ cidr, objection }: Decision): void {
    const { clock, log } = this.#options;
    if (clock.nowMs() - this.#saidMs < SAY_PERIOD_MS) return;
    this.#saidMs = clock.nowMs();
    log.warn(`blocks: ${cidr} was held back: ${objection ?? ""}. ${this.size} wait for approval; \`hotaka blocks --held\` lists them.`);
  }
}

const SAY_PERIOD_MS = 60_000;
/** A ledger that cannot be written is not asked without a pause. */
const AGAIN_MS = 1000;
