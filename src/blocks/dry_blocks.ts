import { BlockList } from "./block_list.ts";
import { consider, type Rules } from "./deciding.ts";
import { type Decision, type DecisionRequest, isBlocking } from "./decision.ts";

/**
 * The same policy without ledger, enforcers or clock: says what would have been decided over recorded logs. Its time is that of the
 * events, so nothing is ever too late and blocks end when they would have.
 */
export class DryBlocks {
  readonly #list = new BlockList();
  readonly #rules: Rules;
  #nowMs = Number.NEGATIVE_INFINITY;

  constructor(rules: Rules) {
    this.#rules = rules;
  }

  /** Throws HOTAKA_ADDRESS_INVALID when the address is none. Row keys are not remembered: a replay gives each row once. */
  decide(request: DecisionRequest): Decision {
    this.#nowMs = Math.max(this.#nowMs, request.eventTimeMs ?? this.#nowMs);
    this.#list.expire(this.#nowMs);
    const [cidr, decision] = consider({ ...request, eventTimeMs: this.#nowMs }, this.#list, this.#rules, this.#nowMs);
    if (isBlocking(decision)) this.#list.add(cidr, decision);
    return { ...decision, eventTimeMs: request.eventTimeMs };
  }
}
