import { isIP } from "node:net";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Log } from "../kit/index.ts";
import { type BlocksService, routeBlocks } from "./blocks_api.ts";
import { type HooksService, isHook, routeHooks } from "./hooks_api.ts";
import { type NoticesService, routeNotices } from "./notices_api.ts";
import { type HealthService, routeHealth } from "./health_api.ts";
import { problem, PROBLEM_TYPE, problemOf } from "./problem.ts";
import { type QueriesService, routeQueries } from "./queries_api.ts";

/** What the server tells of, and whom it asks to act. */
export interface Services {
  readonly health: HealthService;
  readonly blocks: BlocksService;
  readonly queries: QueriesService;
  readonly notices: NoticesService;
  readonly hooks: HooksService;
}

export interface AppOptions {
  readonly services: Services;
  readonly log: Log;
  /** `control` may change things and is asked by who may use its socket; `network` may be read. */
  readonly door: "control" | "network";
  /** Names that the Host header may have, beside localhost and addresses. */
  readonly hosts: readonly string[];
}

/** The API, listening nowhere yet. fastify is loaded here, so that a command without a server does not wait for it. */
export async function makeApp({ services, log, door, hosts }: AppOptions): Promise<FastifyInstance> {
  const { fastify } = await import("fastify");
  const app = fastify({
    logger: false,
    bodyLimit: BODY_BYTES_MAX,
    connectionTimeout: SOCKET_IDLE_MS_MAX,
    keepAliveTimeout: KEEP_ALIVE_MS,
    requestTimeout: REQUEST_MS_MAX,
    // A kept-alive connection of a browser is no reason to wait at the end.
    forceCloseConnections: "idle",
    // What was asked for is answered as asked or refused; nothing is dropped or turned into another type on the way.
    ajv: { customOptions: { removeAdditional: false, coerceTypes: false, useDefaults: true } },
  });
  app.server.maxConnections = CONNECTIONS_MAX;

  const refuse = (reply: FastifyReply, refused: ReturnType<typeof problem>): FastifyReply =>
    reply.code(refused.status).type(PROBLEM_TYPE).send(refused);
  app.setErrorHandler((thrown, _, reply) => refuse(reply, problemOf(thrown, log)));
  app.setNotFoundHandler((request, reply) => {
    const sentence = `There is nothing at ${request.method} ${request.url.slice(0, 200)}.`;
    return refuse(reply, problem(404, "HOTAKA_SERVER_NOT_FOUND", sentence));
  });
  app.addHook("onRequest", (request, reply, done) => {
    void reply.header("cache-control", "no-store").header("x-content-type-options", "nosniff");
    const refused = door === "network" ? refusalOf(request, hosts) : undefined;
    if (refused === undefined) return done();
    if (refused.status === 405) void reply.header("allow", "GET, HEAD");
    refuse(reply, refused);
  });

  routeHealth(app, services.health, door);
  routeBlocks(app, services.blocks, door);
  routeQueries(app, services.queries);
  routeNotices(app, services.notices, door);
  routeHooks(app, services.hooks);
  return app;
}

/**
 * Why a request from the network is not answered. A name in the Host header that is not ours means that a browser was led here under a
 * foreign name (DNS rebinding), so that a page of that name could read the answer; an address in it cannot be led anywhere.
 */
function refusalOf(request: FastifyRequest, hosts: readonly string[]): ReturnType<typeof problem> | undefined {
  const name = hostName(request.headers.host ?? "");
  if (isIP(name) === 0 && name !== "localhost" && !hosts.includes(name)) {
    const sentence = `The Host header is "${name.slice(0, 100)}"; an address, localhost, or a name of server.hosts in the settings was wanted.`;
    return problem(421, "HOTAKA_SERVER_HOST", sentence);
  }
  // What comes to a hook is signed by who sends it, and checked there.
  if (request.method === "GET" || request.method === "HEAD" || isHook(request)) return undefined;
  return problem(
    405,
    "HOTAKA_SERVER_METHOD",
    "The API can be read here. `hotaka block` and its like change things, through the control socket.",
  );
}

/** The Host header without its port, and an IPv6 address without its brackets. */
function hostName(header: string): string {
  const bracketed = /^\[([^\]]*)\](?::\d*)?$/.exec(header);
  return (bracketed?.[1] ?? header.replace(/:\d*$/, "")).toLowerCase();
}

const BODY_BYTES_MAX = 65_536;
const CONNECTIONS_MAX = 256;
const SOCKET_IDLE_MS_MAX = 60_000;
const KEEP_ALIVE_MS = 5000;
const REQUEST_MS_MAX = 10_000;
