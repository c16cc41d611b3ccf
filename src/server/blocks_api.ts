import type { FastifyInstance } from "fastify";
import type { BlockByPerson, BlockStanding, Decision, Story } from "../blocks/index.ts";
import { shownDecision } from "./shown_decision.ts";
import { BY, PAGE, REASON, TERM, termOf } from "./wish.ts";

/** The block list, as `Blocks` is. */
export interface BlocksService {
  readonly size: number;
  readonly holds: { readonly size: number };
  list(page: { readonly limit: number; readonly offset: number }): readonly BlockStanding[];
  why(address: string): Story;
  block(address: string, wish: BlockByPerson): Decision;
  unblock(address: string, wish: { readonly by: string; readonly reason: string }): readonly Decision[];
}

/**
 * `GET /v1/blocks` lists what is blocked, the latest first; `GET /v1/blocks/{address}` tells why; `POST /v1/blocks` blocks and
 * `DELETE /v1/blocks/{address}` takes back, for who has a token or the control socket. A prefix in a path is written with %2F.
 */
export function routeBlocks(app: FastifyInstance, blocks: BlocksService): void {
  app.get<{ Querystring: { limit: string; offset: string } }>(
    "/v1/blocks",
    {
      schema: { querystring: PAGE },
      config: {
        description: { summary: "Lists what is blocked, the latest first", tag: "blocks", status: 200, answer: { type: "object" } },
      },
    },
    ({ query }) => {
      const [limit, offset] = [Math.min(Number(query.limit), BLOCKS_AT_ONCE_MAX), Number(query.offset)];
      return { total: blocks.size, limit, offset, held: blocks.holds.size, blocks: blocks.list({ limit, offset }).map(shownBlock) };
    },
  );
  app.get<{ Params: { address: string } }>(
    "/v1/blocks/:address",
    {
      config: {
        description: { summary: "Tells why an address is blocked, or is not", tag: "blocks", status: 200, answer: { type: "object" } },
      },
    },
    ({ params }) => {
      const story = blocks.why(params.address);
      return {
        address: story.address,
        protected_by: story.protectedBy ?? null,
        blocks: story.inForce.map(shownBlock),
        decisions: story.decisions.map(shownDecision),
        strikes: story.strikes,
        sentences: story.sentences,
      };
    },
  );
  app.post<{ Body: BlockWish }>(
    "/v1/blocks",
    {
      schema: { body: BLOCK_WISH },
      config: {
        access: { role: "operate" },
        description: { summary: "Blocks an address", tag: "blocks", status: 201, answer: { type: "object" } },
      },
    },
    ({ body }, reply) => {
      const decision = blocks.block(body.address, { forMs: termOf(body.for), reason: body.reason, by: body.by });
      return reply.code(201).send({ decision: shownDecision(decision) });
    },
  );
  app.delete<{ Params: { address: string }; Querystring: Wish }>(
    "/v1/blocks/:address",
    {
      schema: { querystring: UNBLOCK_WISH },
      config: {
        access: { role: "operate" },
        description: { summary: "Takes blocks back", tag: "blocks", status: 200, answer: { type: "object" } },
      },
    },
    ({ params, query }) => ({ decisions: blocks.unblock(params.address, query).map(shownDecision) }),
  );
}

interface Wish {
  readonly by: string;
  readonly reason: string;
}

interface BlockWish extends Wish {
  readonly address: string;
  readonly for: string;
}

function shownBlock(block: BlockStanding): Record<string, unknown> {
  return {
    cidr: block.cidr,
    from_ms: block.fromMs,
    until_ms: block.untilMs ?? null,
    reason: block.reason,
    made_by: block.madeBy,
    by_person: block.isByPerson,
    decisions: block.decisions,
    priority: block.priority,
    enforcement: block.enforcement.map(({ point, state, why, sinceMs }) => ({ point, state, why: why ?? null, since_ms: sinceMs })),
  };
}

const UNBLOCK_WISH = { type: "object", additionalProperties: false, properties: { by: BY, reason: REASON } };
const BLOCK_WISH = {
  type: "object",
  additionalProperties: false,
  required: ["address"],
  properties: {
    address: { type: "string", minLength: 1, maxLength: 64 },
    for: { ...TERM, default: "1h" },
    reason: REASON,
    by: BY,
  },
};
const BLOCKS_AT_ONCE_MAX = 10_000;
