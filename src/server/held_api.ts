import type { FastifyInstance } from "fastify";
import type { Decision, Holds } from "../blocks/index.ts";
import { HotakaError } from "../kit/index.ts";
import { shownDecision } from "./shown_decision.ts";
import { BY, PAGE, REASON, TERM, termOf } from "./wish.ts";

/** What waits for approval, as `Blocks` has it. */
export type HoldsService = Pick<Holds, "list" | "approve" | "reject">;

/**
 * `GET /v1/held` lists the decisions that wait for a person, the longest first; `POST /v1/held/approve` and `POST /v1/held/reject` say yes or
 * no to what holds an address or lies inside a prefix, or with `all` to every one.
 */
export function routeHeld(app: FastifyInstance, holds: HoldsService): void {
  app.get<{ Querystring: { limit: string; offset: string } }>(
    "/v1/held",
    {
      schema: { querystring: PAGE },
      config: { description: { summary: "Lists what waits for approval", tag: "blocks", status: 200, answer: { type: "object" } } },
    },
    ({ query }) => {
      const [limit, offset] = [Math.min(Number(query.limit), HELD_AT_ONCE_MAX), Number(query.offset)];
      const list = holds.list();
      return { total: list.length, limit, offset, decisions: list.slice(offset, offset + limit).map(shownDecision) };
    },
  );
  app.post<{ Body: ApproveWish }>(
    "/v1/held/approve",
    {
      schema: { body: APPROVE_WISH },
      config: {
        access: { role: "operate" },
        description: { summary: "Blocks what was held back", tag: "blocks", status: 200, answer: { type: "object" } },
      },
    },
    ({ body: { by, reason, for: term, ...which } }) => {
      const found = holds.approve(whichOf(which), { by, reason, ...(term === undefined ? {} : { term: { forMs: termOf(term) } }) });
      return shownAnswer(found);
    },
  );
  app.post<{ Body: RejectWish }>(
    "/v1/held/reject",
    {
      schema: { body: REJECT_WISH },
      config: {
        access: { role: "operate" },
        description: { summary: "Gives up what was held back", tag: "blocks", status: 200, answer: { type: "object" } },
      },
    },
    ({ body: { by, reason, ...which } }) => shownAnswer(holds.reject(whichOf(which), { by, reason })),
  );
}

interface Which {
  readonly address?: string;
  readonly all?: true;
}

interface RejectWish extends Which {
  readonly by: string;
  readonly reason: string;
}

interface ApproveWish extends RejectWish {
  readonly for?: string;
}

/** An address, or undefined for all. */
function whichOf({ address, all }: Which): string | undefined {
  if ((address === undefined) !== (all === undefined)) return address;
  throw new HotakaError("HOTAKA_SERVER_REQUEST", "Either address, or all with the value true, was wanted.");
}

/** All are counted, and the first are shown. */
function shownAnswer(decisions: readonly Decision[]): Record<string, unknown> {
  return { total: decisions.length, decisions: decisions.slice(0, HELD_AT_ONCE_MAX).map(shownDecision) };
}

const WHICH = { address: { type: "string", minLength: 1, maxLength: 64 }, all: { const: true } };
const REJECT_WISH = { type: "object", additionalProperties: false, properties: { ...WHICH, by: BY, reason: REASON } };
const APPROVE_WISH = { type: "object", additionalProperties: false, properties: { ...WHICH, by: BY, reason: REASON, for: TERM } };
const HELD_AT_ONCE_MAX = 10_000;
