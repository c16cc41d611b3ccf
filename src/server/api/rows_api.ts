import type { FastifyInstance, FastifyReply } from "fastify";
import type { PooledRow, QueryStatus } from "../../catalog/index.ts";
import { rowToJson } from "../../event/index.ts";
import { type Clock, HotakaError } from "../../kit/index.ts";
import { type CatalogService, sweep } from "../catalog_service.ts";
import { serveEventStream } from "../stream/event_stream.ts";
import type { RowFilter } from "../stream/row_log.ts";
import type { Streams } from "../stream/streams.ts";
import { serveTap } from "../stream/target_tap.ts";
import { unknownTarget } from "./targets_api.ts";
import { statusOf } from "./queries_api.ts";
import { list, NUMBER, object, TEXT, TEXT_OR_NULL } from "./route.ts";

export interface RowsServices {
  readonly clock: Clock;
  readonly catalog: CatalogService;
  readonly streams: Streams;
  queryStatuses(): readonly QueryStatus[];
}

/** `/v1/queries/{query}/rows` and `/v1/groups/{group}/rows`: what queries gave. The group `default` is that of the queries without one. */
export function routeRows(app: FastifyInstance, services: RowsServices): void {
  const { catalog, streams } = services;
  // What a query was given and has not kept is told beside its rows: whoever reads them sees whether they are all.
  const check = (query: string): QueryStatus => statusOf(services, query);
  app.get<{ Params: QueryParams }>(
    "/v1/queries/:query/rows",
    {
      config: {
        description: { summary: "The rows of a query that nobody has fetched, which stay", tag: "rows", status: 200, answer: QUERY_ROWS },
      },
    },
    ({ params }, reply) => sendRows(reply, check(params.query), catalog.see(params.query)),
  );
  app.post<{ Params: QueryParams }>(
    "/v1/queries/:query/rows/fetch",
    {
      config: {
        access: { role: "operate", anonymous: true },
        isUnaudited: true,
        description: { summary: "The rows of a query, which are then gone", tag: "rows", status: 200, answer: QUERY_ROWS },
      },
    },
    ({ params }, reply) => sendRows(reply, check(params.query), catalog.fetch(params.query)),
  );
  routeGroups(app, catalog);
  routeStreams(app, streams);
  routeTaps(app, services);
}

function routeGroups(app: FastifyInstance, catalog: CatalogService): void {
  app.get(
    "/v1/groups",
    {
      config: {
        description: { summary: "Lists groups with their queries", tag: "groups", status: 200, answer: object({ groups: list(GROUP) }) },
      },
    },
    () => {
      const groups = new Map<string | undefined, string[]>();
      for (const { name, group } of catalog.queries()) groups.set(group, [...(groups.get(group) ?? []), name]);
      return { groups: [...groups].map(([group, queries]) => ({ group: group ?? null, queries })) };
    },
  );
  app.get<{ Params: GroupParams }>(
    "/v1/groups/:group/rows",
    {
      config: {
        description: { summary: "The rows of the queries of a group, which stay", tag: "groups", status: 200, answer: GROUP_ROWS },
      },
    },
    ({ params }, reply) => {
      const queries = catalog.queries().filter(({ group }) => group === groupOf(params.group));
      return sendGroup(
        reply,
        queries.map(({ name }) => [name, catalog.see(name)] as const).filter(([, rows]) => rows.length > 0),
      );
    },
  );
  app.post<{ Params: GroupParams }>(
    "/v1/groups/:group/rows/fetch",
    {
      config: {
        access: { role: "operate", anonymous: true },
        isUnaudited: true,
        description: { summary: "The rows of the queries of a group, which are then gone", tag: "groups", status: 200, answer: GROUP_ROWS },
      },
    },
    ({ params }, reply) =>
      sendGroup(
        reply,
        [...sweep(catalog, groupOf(params.group))].map(([name, { rows }]) => [name, rows] as const),
      ),
  );
}

/** Events of a target as they come, so many a second: to look at, not to take. */
function routeTaps(app: FastifyInstance, { catalog, streams, clock }: RowsServices): void {
  app.get<{ Params: { target: string }; Querystring: { per_second: string } }>(
    "/v1/targets/:target/stream",
    {
      schema: { querystring: object({ per_second: { ...TEXT, pattern: "^[1-9][0-9]{0,3}$", default: "20" } }, []) },
      config: {
        description: {
          summary: "A sample of the events of a target as they come, as server-sent events",
          tag: "targets",
          status: 200,
          answer: "text/event-stream",
        },
      },
    },
    ({ params, query }, reply) => {
      if (streams.isFull) throw tooMany();
      if (catalog.fields(params.target) === undefined) throw unknownTarget(params.target);
      reply.hijack();
      serveTap(reply.raw, { catalog, streams, clock, target: params.target, perSecond: Number(query.per_second) });
    },
  );
}

/** The same paths become WebSockets when a request asks for that. */
function routeStreams(app: FastifyInstance, streams: Streams): void {
  const serve = (reply: FastifyReply, filter: RowFilter, given: string | undefined): void => {
    if (streams.isFull) throw tooMany();
    const last = reply.request.headers["last-event-id"];
    const after = afterOf(typeof last === "string" ? last : given);
    reply.hijack();
    serveEventStream(reply.raw, streams, filter, after);
  };
  const described = (what: string, tag: string) => ({
    schema: { querystring: AFTER },
    config: {
      description: {
        summary: `The rows of ${what} as they come, as server-sent events or over a WebSocket`,
        tag,
        status: 200,
        answer: "text/event-stream",
      },
    },
  });
  app.get<{ Params: QueryParams; Querystring: AfterQuery }>(
    "/v1/queries/:query/stream",
    described("a query", "rows"),
    ({ params, query }, reply) => serve(reply, { query: params.query }, query.after),
  );
  app.get<{ Params: GroupParams; Querystring: AfterQuery }>(
    "/v1/groups/:group/stream",
    described("a group", "groups"),
    ({ params, query }, reply) => serve(reply, { group: groupOf(params.group) }, query.after),
  );
}

/** What a path of a stream asks for; undefined for any other path. */
export function streamOf(url: string): { readonly filter: RowFilter; readonly after: number | undefined } | undefined {
  const { pathname, searchParams } = new URL(url, "http://localhost");
  const [, noun, name] = /^\/v1\/(queries|groups)\/([^/]+)\/stream$/.exec(pathname) ?? [];
  if (noun === undefined || name === undefined) return undefined;
  const decoded = decodeURIComponent(name);
  return {
    filter: noun === "queries" ? { query: decoded } : { group: groupOf(decoded) },
    after: afterOf(searchParams.get("after") ?? undefined),
  };
}

export function tooMany(): HotakaError {
  return new HotakaError("HOTAKA_SERVER_BUSY", "As many streams are open as may be. Close one, or follow a group in place of its queries.");
}

/** Undefined: from now on. Throws HOTAKA_SERVER_REQUEST. */
function afterOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const after = Number(text);
  if (/^\d{1,16}$/.test(text) && Number.isSafeInteger(after)) return after;
  throw new HotakaError(
    "HOTAKA_SERVER_REQUEST",
    `"${text.slice(0, 40)}" is not the number of a row; what came with the last one was wanted.`,
  );
}

function groupOf(name: string): string | undefined {
  return name === "default" ? undefined : name;
}

/** Written by hand: numbers of rows may be wider than JSON.stringify takes. */
function sendRows(reply: FastifyReply, { name, refused, evicted, dropped }: QueryStatus, rows: readonly PooledRow[]): FastifyReply {
  const text = `{"query":${JSON.stringify(name)},"refused":${refused},"evicted":${evicted},"dropped":${dropped},"rows":${rowsJson(rows)}}`;
  return reply.type("application/json").send(text);
}

function sendGroup(reply: FastifyReply, queries: readonly (readonly [string, readonly PooledRow[]])[]): FastifyReply {
  const parts = queries.map(([query, rows]) => `{"query":${JSON.stringify(query)},"rows":${rowsJson(rows)}}`);
  return reply.type("application/json").send(`{"queries":[${parts.join(",")}]}`);
}

function rowsJson(rows: readonly PooledRow[]): string {
  return `[${rows.map(({ timeMs, row }) => `{"time_ms":${timeMs},"row":${rowToJson(row)}}`).join(",")}]`;
}

interface QueryParams {
  readonly query: string;
}

interface GroupParams {
  readonly group: string;
}

interface AfterQuery {
  readonly after?: string;
}

const AFTER = object({ after: { ...TEXT, pattern: "^[0-9]{1,16}$" } }, []);
const ROWS = list(object({ time_ms: NUMBER, row: { type: "object" } }));
/** `refused`: events that its budget did not take; `evicted`: groups that made room for others; `dropped`: rows that nobody fetched in time; all since it was registered. */
const QUERY_ROWS = object({ query: TEXT, refused: NUMBER, evicted: NUMBER, dropped: NUMBER, rows: ROWS });
const GROUP_ROWS = object({ queries: list(object({ query: TEXT, rows: ROWS })) });
const GROUP = object({ group: TEXT_OR_NULL, queries: list(TEXT) });
