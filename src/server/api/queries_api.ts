import type { FastifyInstance } from "fastify";
import type { QueryStatus } from "../../catalog/index.ts";
import { HotakaError } from "../../kit/index.ts";
import { type Budget, isSameBudget, WHEN_FULL } from "../../sql/index.ts";
import type { CatalogService, QueryWish } from "../catalog_service.ts";
import { list, NUMBER, NUMBER_OR_NULL, object, PAGE_ANSWER, PAGE_QUERY, pageOf, type PageQuery, TEXT, TEXT_OR_NULL } from "./route.ts";

export interface QueriesServices {
  readonly catalog: CatalogService;
  queryStatuses(): readonly QueryStatus[];
}

/** `/v1/queries`: the statements that watch targets. */
export function routeQueries(app: FastifyInstance, services: QueriesServices): void {
  app.get<{ Querystring: PageQuery }>(
    "/v1/queries",
    {
      schema: { querystring: PAGE_QUERY },
      config: {
        description: { summary: "Lists queries", tag: "queries", status: 200, answer: object({ ...PAGE_ANSWER, queries: list(QUERY) }) },
      },
    },
    ({ query }) => {
      const { page, shown } = pageOf(services.queryStatuses(), query);
      return { ...page, queries: shown.map(shownQuery) };
    },
  );
  app.get<{ Params: QueryParams }>(
    "/v1/queries/:query",
    { config: { description: { summary: "Shows a query", tag: "queries", status: 200, answer: QUERY } } },
    ({ params }) => shownQuery(statusOf(services, params.query)),
  );
  routePut(app, services);
  app.delete<{ Params: QueryParams }>(
    "/v1/queries/:query",
    {
      config: {
        access: { role: "operate", anonymous: true },
        description: { summary: "Takes a query out, with its window and the rows nobody fetched", tag: "queries", status: 204, answer: {} },
      },
    },
    ({ params }, reply) => {
      if (!services.catalog.deregister(params.query)) throw unknownQuery(params.query);
      return reply.code(204).send();
    },
  );
  routeSwitches(app, services);
}

/** Two requests to the same end are one: a query that stands as it is wanted goes on undisturbed. */
function routePut(app: FastifyInstance, services: QueriesServices): void {
  const { catalog } = services;
  app.put<{ Params: QueryParams; Body: QueryBody }>(
    "/v1/queries/:query",
    {
      schema: { body: QUERY_WISH },
      config: {
        access: { role: "operate", anonymous: true },
        description: {
          summary: "Registers a query, or makes it what is wanted; once more is no harm",
          tag: "queries",
          status: 200,
          answer: QUERY,
        },
      },
    },
    ({ params, body }, reply) => {
      const wish = { name: params.query, sql: body.sql, group: body.group ?? undefined, budget: body.budget };
      const standing = services.queryStatuses().find(({ name }) => name === params.query);
      if (standing === undefined) catalog.register(wish);
      else if (isOtherwise(standing, wish)) catalog.replace({ ...wish, budget: { ...standing.budget, ...wish.budget } });
      return reply.code(standing === undefined ? 201 : 200).send(shownQuery(statusOf(services, params.query)));
    },
  );
}

/** Whether a query that stands is to be changed. It keeps the budget it has, as far as nothing is said of it. */
function isOtherwise(standing: QueryStatus, { sql, group, budget = {} }: QueryWish): boolean {
  if (standing.sql !== sql || standing.group !== group) return true;
  return !isSameBudget({ ...standing.budget, ...budget }, standing.budget);
}

function routeSwitches(app: FastifyInstance, services: QueriesServices): void {
  const verbs = [
    ["suspend", "Stops a query and keeps its text", (name: string) => services.catalog.suspend(name)],
    ["resume", "Starts a suspended query afresh", (name: string) => services.catalog.resume(name)],
  ] as const;
  for (const [verb, summary, act] of verbs) {
    app.post<{ Params: QueryParams }>(
      `/v1/queries/:query/${verb}`,
      { config: { access: { role: "operate", anonymous: true }, description: { summary, tag: "queries", status: 200, answer: QUERY } } },
      ({ params }) => {
        statusOf(services, params.query);
        act(params.query);
        return shownQuery(statusOf(services, params.query));
      },
    );
  }
}

export function statusOf(services: Pick<QueriesServices, "queryStatuses">, name: string): QueryStatus {
  const status = services.queryStatuses().find((query) => query.name === name);
  if (status === undefined) throw unknownQuery(name);
  return status;
}

function unknownQuery(name: string): HotakaError {
  return new HotakaError("HOTAKA_QUERY_NOT_FOUND", `There is no query "${name.slice(0, 100)}".`);
}

function shownQuery(status: QueryStatus): object {
  return {
    name: status.name,
    group: status.group ?? null,
    sql: status.sql,
    state: status.state,
    reason: status.reason ?? null,
    targets: status.targets,
    columns: status.columns.map(({ name, type }) => ({ name, type })),
    events: status.events,
    rows: status.rows,
    busy_ms: status.busy_ms,
    budget: status.budget,
    groups: status.groups,
    events_held: status.events_held,
    bytes: status.bytes,
    refused: status.refused,
    evicted: status.evicted,
    last_row_ms: status.last_row_ms ?? null,
    pooled: status.pooled,
    dropped: status.dropped,
  };
}

interface QueryParams {
  readonly query: string;
}

interface QueryBody {
  readonly sql: string;
  readonly group?: string | null;
  readonly budget?: Partial<Budget>;
}

const BUDGET_PARTS = {
  groups_max: { type: "integer", minimum: 1, maximum: 100_000_000 },
  events_max: { type: "integer", minimum: 1, maximum: 1_000_000_000 },
  when_full: { enum: WHEN_FULL },
};
const BUDGET = object(BUDGET_PARTS);
const QUERY = object({
  name: TEXT,
  group: TEXT_OR_NULL,
  sql: TEXT,
  state: { enum: ["running", "waiting", "suspended"] },
  reason: TEXT_OR_NULL,
  targets: list(TEXT),
  columns: list(object({ name: TEXT, type: TEXT })),
  events: NUMBER,
  rows: NUMBER,
  busy_ms: NUMBER,
  budget: BUDGET,
  groups: NUMBER,
  events_held: NUMBER,
  bytes: NUMBER,
  refused: NUMBER,
  evicted: NUMBER,
  last_row_ms: NUMBER_OR_NULL,
  pooled: NUMBER,
  dropped: NUMBER,
});
const QUERY_WISH = object(
  {
    sql: { ...TEXT, minLength: 1, maxLength: 65_536 },
    group: { ...TEXT_OR_NULL, minLength: 1, maxLength: 255 },
    budget: object(BUDGET_PARTS, []),
  },
  ["sql"],
);
