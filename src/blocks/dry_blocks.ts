import type { Cidr } from "../kit/index.ts";
import { BlockList } from "./block_list.ts";
import { consider, type Rules } from "./deciding.ts";
import type { LastStrike } from "./strikes.ts";
import { type Decision, type DecisionRequest, isBlocking } from "./decision.ts";

/**
 * The same policy without ledger, enforcers or clock: says what would have been decided over recorded logs. Its time is that of the
 * events, so nothing is ever too late and blocks end when they would have.
 */
export class DryBlocks {
  readonly #list = new BlockList();
  readonly #rules: Rules;
  /** The latest strike against each prefix: as many as the replay has blocked. */
  readonly #strikes = new Map<string, LastStrike>();
  #nowMs = Number.NEGATIVE_INFINITY;

  constructor(rules: Rules) {
    this.#rules = rules;
  }

  /** Throws HOTAKA_ADDRESS_INVALID when the address is none. Row keys are not remembered: a replay gives each row once. */
  decide(request: DecisionRequest): Decision {
    this.#nowMs = Math.max(this.#nowMs, request.eventTimeMs ?? this.#nowMs);
    this.#list.expire(this.#nowMs);
    const past = { list: this.#list, nowMs: this.#nowMs, lastStrike: (of: Cidr) => this.#strikes.get(of.toString()) };
    const [cidr, decision] = consider({ ...request, eventTimeMs: this.#nowMs }, past, this.#rules);
    if (isBlocking(decision)) this.#list.add(cidr, decision);
    if (decision.strikes > 0) this.#strikes.set(decision.cidr, decision);
    return { ...decision, eventTimeMs: request.eventTimeMs };
  }
}
