import type { FastifyInstance } from "fastify";
import type { Blocks, LedgerSearch, Mode, Outcome } from "../blocks/index.ts";
import { shownDecision } from "./shown_decision.ts";

/** The ledger, as `Blocks` has it. */
export type LedgerService = Pick<Blocks, "search">;

/**
 * `GET /v1/decisions` looks through everything that was ever decided and is not forgotten yet, the newest first. The answer names the
 * `next` page, to be asked for with `below`; a page may be short before the last, because a look at text reads a bounded number of rows.
 */
export function routeDecisions(app: FastifyInstance, ledger: LedgerService): void {
  app.get<{ Querystring: Question }>(
    "/v1/decisions",
    {
      schema: { querystring: QUESTION },
      config: { description: { summary: "Looks through what was decided", tag: "blocks", status: 200, answer: { type: "object" } } },
    },
    ({ query }) => {
      const { decisions, next } = ledger.search(searchOf(query));
      return { decisions: decisions.map(shownDecision), next: next ?? null };
    },
  );
}

interface Question {
  readonly address?: string;
  readonly search?: string;
  readonly query?: string;
  readonly mode?: Mode;
  readonly outcome?: Outcome;
  readonly since_ms?: string;
  readonly until_ms?: string;
  readonly below?: string;
  readonly limit: string;
}

function searchOf(question: Question): Omit<LedgerSearch, "cidr"> & { readonly address?: string } {
  const { address, search, query, mode, outcome, since_ms: since, until_ms: until, below, limit } = question;
  return {
    limit: Math.min(Math.max(Number(limit), 1), DECISIONS_AT_ONCE_MAX),
    ...(address === undefined ? {} : { address }),
    ...(search === undefined ? {} : { text: search }),
    ...(query === undefined ? {} : { madeBy: query }),
    ...(mode === undefined ? {} : { mode }),
    ...(outcome === undefined ? {} : { outcome }),
    ...(since === undefined ? {} : { sinceMs: Number(since) }),
    ...(until === undefined ? {} : { beforeMs: Number(until) }),
    ...(below === undefined ? {} : { belowId: Number(below) }),
  };
}

const WHOLE = { type: "string", pattern: "^[0-9]{1,15}$" };
const QUESTION = {
  type: "object",
  additionalProperties: false,
  properties: {
    address: { type: "string", minLength: 1, maxLength: 64 },
    search: { type: "string", minLength: 1, maxLength: 200 },
    query: { type: "string", minLength: 1, maxLength: 255 },
    mode: { enum: ["block", "detect"] },
    outcome: { enum: ["blocked", "extended", "detected", "refused", "too_late", "held"] },
    since_ms: WHOLE,
    until_ms: WHOLE,
    below: WHOLE,
    limit: { type: "string", pattern: "^[0-9]{1,9}$", default: "100" },
  },
};
const DECISIONS_AT_ONCE_MAX = 1000;
