import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Accounts } from "../accounts/index.ts";
import type { Clock, Counters, Log } from "../kit/index.ts";
import { type Caller, callerOf, type Door, isProblem, operatorAddressOf, refusalOf } from "./access.ts";
import { type EventsServices, routeEvents } from "./api/events_api.ts";
import { routeOpenapi } from "./api/openapi.ts";
import { routeCompletions } from "./api/completions_api.ts";
import { type QueriesServices, routeQueries } from "./api/queries_api.ts";
import { routeRows, streamOf, tooMany } from "./api/rows_api.ts";
import { routeStats } from "./api/stats_api.ts";
import { routeTargets, type TargetsServices } from "./api/targets_api.ts";
import { routeTokens } from "./api/tokens_api.ts";
import { type BlocksService, routeBlocks } from "./blocks_api.ts";
import { BODIES_BYTES_MAX, BodyRoom } from "./body_room.ts";
import { type LedgerService, routeDecisions } from "./decisions_api.ts";
import { type HoldsService, routeHeld } from "./held_api.ts";
import { type HooksService, routeHooks } from "./hooks_api.ts";
import { type NoticesService, routeNotices } from "./notices_api.ts";
import { type HealthService, routeHealth } from "./health_api.ts";
import { type MetricsServices, routeMetrics } from "./metrics_api.ts";
import type { EngineStatistics } from "./norikra/engine_statistics.ts";
import { routeNorikraApi } from "./norikra/http_api.ts";
import type { NorikraServices } from "./norikra/methods.ts";
import { answerCall } from "./norikra/rpc.ts";
import { problem, PROBLEM_TYPE, type Problem, problemOf } from "./problem.ts";
import type { Streams } from "./stream/streams.ts";
import { serveWebSockets } from "./stream/web_socket.ts";

/** What the server tells of, and whom it asks to act. */
export interface Services extends QueriesServices, TargetsServices, EventsServices, MetricsServices, NorikraServices {
  readonly health: HealthService;
  readonly blocks: BlocksService & LedgerService & { readonly holds: HoldsService };
  /** Told from where somebody asked who may change things. */
  readonly operators: { saw(address: string): void };
  readonly notices: NoticesService;
  readonly hooks: HooksService;
  readonly accounts: Pick<Accounts, "tokens" | "audit">;
  engineStatistics(): EngineStatistics;
}

export interface AppOptions {
  readonly services: Services;
  readonly streams: Streams;
  readonly log: Log;
  readonly clock: Clock;
  readonly counters: Counters;
  /** `control` may change things and is asked by who may use its socket; `network` by whoever reaches it. */
  readonly door: Door["kind"];
  /** Names that the Host header may have, beside localhost and addresses. */
  readonly hosts: readonly string[];
  /** Pages of these origins may ask from a browser. */
  readonly origins: readonly string[];
  /** The longest body of events; other bodies are short. */
  readonly bodyBytesMax: number;
  /** Bytes of all bodies of events that are being read and answered; what comes beyond is refused, and the client tries again. */
  readonly bodiesBytesMax?: number;
}

/** The API, listening nowhere yet. fastify is loaded here, so that a command without a server does not wait for it. */
export async function makeApp(options: AppOptions): Promise<FastifyInstance> {
  const { services } = options;
  const { fastify } = await import("fastify");
  const app = fastify({
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    connectionTimeout: SOCKET_IDLE_MS_MAX,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: REQUEST_MS_MAX,
    // A kept-alive connection of a browser is no reason to wait at the end.
    forceCloseConnections: "idle",
    routerOptions: { maxParamLength: PARAM_LENGTH_MAX },
    // What was asked for is answered as asked or refused; nothing is dropped or turned into another type on the way.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: true, allowUnionTypes: true } },
  });
  app.server.maxConnections = CONNECTIONS_MAX;
  const callers = guard(app, options);
  routeOpenapi(app, services.health.version);
  const mayRead = (request: FastifyRequest): boolean => callers.get(request)?.role !== undefined;
  routeHealth(app, services.health, { door: options.door, mayRead });
  routeBlocks(app, services.blocks);
  routeDecisions(app, services.blocks);
  routeHeld(app, services.blocks.holds);
  routeTargets(app, services);
  routeQueries(app, services);
  routeCompletions(app, services);
  routeRows(app, {
    catalog: services.catalog,
    queryStatuses: () => services.queryStatuses(),
    streams: options.streams,
    clock: options.clock,
  });
  const refused = options.counters.counter("server_bodies_refused", "Requests with events for which there was no memory.", {
    door: options.door,
  });
  const room = new BodyRoom(options.bodiesBytesMax ?? BODIES_BYTES_MAX, refused);
  routeEvents(app, services, { bodyBytesMax: options.bodyBytesMax, room });
  routeStats(app, services.catalog);
  routeTokens(app, services.accounts);
  routeNotices(app, services.notices);
  routeHooks(app, services.hooks);
  routeMetrics(app, services);
  routeNorikraApi(app, { ...options, audit: services.accounts.audit });
  if (options.door === "control") routeRpc(app, options);
  else listenForWebSockets(app, options);
  return app;
}

/** Who asks, whether they may, what went wrong, and what they did. */
function guard(app: FastifyInstance, { services, log, door, hosts, origins }: AppOptions): WeakMap<FastifyRequest, Caller> {
  const { tokens, audit } = services.accounts;
  const callers = new WeakMap<FastifyRequest, Caller>();
  const refusals = new WeakMap<FastifyRequest, Problem>();
  const refuse = (request: FastifyRequest, reply: FastifyReply, refused: Problem): FastifyReply => {
    refusals.set(request, refused);
    if (refused.status === 401) void reply.header("www-authenticate", "Bearer");
    return reply.code(refused.status).type(PROBLEM_TYPE).send(refused);
  };
  app.setErrorHandler((thrown, request, reply) => refuse(request, reply, problemOf(thrown, log)));
  app.setNotFoundHandler((request, reply) => {
    const sentence = `There is nothing at ${request.method} ${request.url.slice(0, 200)}.`;
    return refuse(request, reply, problem(404, "HOTAKA_SERVER_NOT_FOUND", sentence));
  });
  app.addHook("onRequest", (request, reply, done) => {
    void reply.header("cache-control", "no-store").header("x-content-type-options", "nosniff");
    if (allowOrigin(request, reply, origins)) return;
    const caller = callerOf(request.raw, { kind: door, tokens, hosts, origins });
    const refused = isProblem(caller) ? caller : refusalOf(caller, request.routeOptions.config.access ?? { role: "read" });
    if (!isProblem(caller)) callers.set(request, caller);
    if (refused !== undefined) return void refuse(request, reply, refused);
    if (!isProblem(caller)) services.operators.saw(operatorAddressOf(request.raw, caller, door));
    done();
  });
  app.addHook("onResponse", (request, reply, done) => {
    const caller = callers.get(request);
    const isChange = request.method !== "GET" && request.method !== "HEAD" && request.routeOptions.config.isUnaudited !== true;
    // Who is nobody is counted, not written down: writing costs us more than asking costs them.
    if (caller !== undefined && isChange && reply.statusCode !== 404 && !(caller.isAnonymous && reply.statusCode === 401)) {
      const outcome = reply.statusCode < 400 ? "done" : (refusals.get(request)?.code ?? String(reply.statusCode));
      audit.record({ who: caller.who, what: `${request.method} ${request.url}`, outcome });
    }
    done();
  });
  return callers;
}

/** Lets pages of the origins that the settings name ask from a browser. True when that was all that was asked (a preflight). */
function allowOrigin(request: FastifyRequest, reply: FastifyReply, origins: readonly string[]): boolean {
  const { origin } = request.headers;
  if (origin === undefined || !origins.includes(origin)) return false;
  void reply.header("access-control-allow-origin", origin).header("vary", "Origin");
  if (request.method !== "OPTIONS") return false;
  void reply
    .header("access-control-allow-methods", "GET, POST, PUT, DELETE")
    .header("access-control-allow-headers", "authorization, content-type, last-event-id")
    .code(204)
    .send();
  return true;
}

/** Through the control socket the RPC is asked as well: the verbs of the command line need no port then. */
function routeRpc(app: FastifyInstance, options: AppOptions): void {
  const { services } = options;
  void app.register((within, _, done) => {
    within.removeAllContentTypeParsers();
    within.addContentTypeParser("application/x-msgpack", { parseAs: "buffer", bodyLimit: options.bodyBytesMax }, (_request, body, parsed) =>
      parsed(null, body),
    );
    within.post<{ Body: Buffer }>(
      "/rpc",
      { bodyLimit: options.bodyBytesMax, config: { access: { role: "admin" }, isUnaudited: true } },
      async (request, reply) => {
        const { status, body } = await answerCall(request.body, { ...options, audit: services.accounts.audit, who: "control socket" });
        return reply.code(status).type("text/plain").send(body);
      },
    );
    done();
  });
}

function listenForWebSockets(app: FastifyInstance, { services, streams, log, door, hosts, origins }: AppOptions): void {
  serveWebSockets(app.server, streams, (request) => {
    const caller = callerOf(request, { kind: door, tokens: services.accounts.tokens, hosts, origins });
    if (isProblem(caller)) return caller;
    const refused = refusalOf(caller, { role: "read" });
    if (refused !== undefined) return refused;
    try {
      const stream = streamOf(request.url ?? "/");
      if (stream === undefined)
        return problem(404, "HOTAKA_SERVER_NOT_FOUND", `There is no stream at ${(request.url ?? "").slice(0, 200)}.`);
      return streams.isFull ? problemOf(tooMany(), log) : stream;
    } catch (thrown) {
      return problemOf(thrown, log);
    }
  });
}

const BODY_BYTES_MAX = 65_536 + 32_768;
const CONNECTIONS_MAX = 512;
const SOCKET_IDLE_MS_MAX = 60_000;
const KEEP_ALIVE_MS = 5000;
const REQUEST_MS_MAX = 60_000;
/** Names of queries are up to 255 characters, each of which may be twelve in a URL. */
const PARAM_LENGTH_MAX = 4096;
