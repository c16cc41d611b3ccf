import type { FastifyInstance } from "fastify";
import type { Audit, Role, Tokens, TokenStatus } from "../../accounts/index.ts";
import { HotakaError, parseDuration } from "../../kit/index.ts";
import { list, NUMBER, NUMBER_OR_NULL, object, TEXT } from "./route.ts";

export interface TokensServices {
  readonly tokens: Tokens;
  readonly audit: Audit;
}

/** `/v1/tokens`, and `/v1/audit`: who may do what, and who did. */
export function routeTokens(app: FastifyInstance, { tokens, audit }: TokensServices): void {
  app.get(
    "/v1/tokens",
    {
      config: {
        access: { role: "admin" },
        description: {
          summary: "Lists tokens, without their secrets",
          tag: "tokens",
          status: 200,
          answer: object({ tokens: list(TOKEN) }),
        },
      },
    },
    () => ({ tokens: tokens.list().map(shownToken) }),
  );
  app.post<{ Body: TokenBody }>(
    "/v1/tokens",
    {
      schema: { body: TOKEN_WISH },
      config: {
        access: { role: "admin" },
        description: {
          summary: "Makes a token; its text cannot be had again",
          tag: "tokens",
          status: 201,
          answer: object({ token: TEXT }),
        },
      },
    },
    ({ body }, reply) => {
      const { name, role, by } = body;
      return reply.code(201).send({ token: tokens.create({ name, role, by, forMs: termOf(body.for) }) });
    },
  );
  app.delete<{ Params: { name: string } }>(
    "/v1/tokens/:name",
    { config: { access: { role: "admin" }, description: { summary: "Revokes a token", tag: "tokens", status: 204, answer: {} } } },
    ({ params }, reply) => {
      if (!tokens.revoke(params.name)) throw new HotakaError("HOTAKA_TOKEN_NOT_FOUND", `There is no token "${params.name.slice(0, 64)}".`);
      return reply.code(204).send();
    },
  );
  app.get<{ Querystring: { limit: string; before?: string } }>(
    "/v1/audit",
    {
      schema: { querystring: AUDIT_QUERY },
      config: {
        access: { role: "admin" },
        description: {
          summary: "Who changed what, the latest first",
          tag: "tokens",
          status: 200,
          answer: object({ entries: list(ENTRY) }),
        },
      },
    },
    ({ query: { limit, before } }) => ({
      entries: audit
        .list({ limit: Math.min(Number(limit), AUDIT_AT_ONCE_MAX), before: before === undefined ? undefined : Number(before) })
        .map(({ id, atMs, who, what, outcome }) => ({ id, at_ms: atMs, who, what, outcome })),
    }),
  );
}

function shownToken({ name, role, createdMs, createdBy, expiresMs, usedMs }: TokenStatus): object {
  return { name, role, created_ms: createdMs, created_by: createdBy, expires_ms: expiresMs ?? null, used_ms: usedMs ?? null };
}

/** Undefined is for good. */
function termOf(text: string): number | undefined {
  if (text === "ever") return undefined;
  const forMs = parseDuration(text);
  if (forMs !== undefined && forMs > 0) return forMs;
  throw new HotakaError(
    "HOTAKA_SERVER_REQUEST",
    `"${text}" is not for how long a token is good; a duration such as 90 days, or ever, was wanted.`,
  );
}

interface TokenBody {
  readonly name: string;
  readonly role: Role;
  readonly for: string;
  readonly by: string;
}

const TOKEN = object({
  name: TEXT,
  role: { enum: ["read", "operate", "admin"] },
  created_ms: NUMBER,
  created_by: TEXT,
  expires_ms: NUMBER_OR_NULL,
  used_ms: NUMBER_OR_NULL,
});
const TOKEN_WISH = object(
  {
    name: { ...TEXT, minLength: 1, maxLength: 64 },
    role: { enum: ["read", "operate", "admin"], default: "read" },
    for: { ...TEXT, minLength: 1, maxLength: 64, default: "ever" },
    by: { ...TEXT, minLength: 1, maxLength: 200, default: "a person" },
  },
  ["name"],
);
const ENTRY = object({ id: NUMBER, at_ms: NUMBER, who: TEXT, what: TEXT, outcome: TEXT });
const AUDIT_QUERY = object(
  { limit: { ...TEXT, pattern: "^[0-9]{1,6}$", default: "100" }, before: { ...TEXT, pattern: "^[0-9]{1,15}$" } },
  [],
);
const AUDIT_AT_ONCE_MAX = 1000;
