import type { FastifyInstance, FastifyRequest } from "fastify";
import { msgpackOf, MsgpackReader, MsgpackFloat, type MsgpackValue, MsgpackWriter } from "../../kit/index.ts";
import type { EngineStatistics } from "./engine_statistics.ts";
import { ACTIVE_QUERIES, METHODS, type NorikraServices } from "./methods.ts";
import { clientError, norikraErrorOf } from "./norikra_error.ts";
import type { RpcOptions } from "./rpc.ts";

export interface NorikraApiOptions extends RpcOptions {
  readonly services: NorikraServices & { engineStatistics(): EngineStatistics };
  readonly bodyBytesMax: number;
}

/**
 * `/api`: Norikra's JSON API, on the paths and in the shapes it has. Arguments are a JSON body, also of a GET: an object by name, or an
 * array by position; a body that cannot be read means that all arguments are null. Booleans come as `{"result": true}`, lists and maps
 * bare. What is asked is what the RPC is asked, and so are the rules.
 */
export function routeNorikraApi(app: FastifyInstance, options: NorikraApiOptions): void {
  void app.register((within, _, done) => {
    within.removeAllContentTypeParsers();
    within.addContentTypeParser("*", { parseAs: "buffer", bodyLimit: options.bodyBytesMax }, (_request, body, parsed) =>
      parsed(null, body),
    );
    for (const [name, { method, http, names, role }] of PATHS) {
      within.route<{ Body: Buffer | undefined }>({
        method: http,
        url: `/api/${name}`,
        bodyLimit: options.bodyBytesMax,
        config: { access: { role, anonymous: true }, isUnaudited: !AUDITED.has(name) },
        handler: async (request, reply) => {
          const body = http === "GET" ? await bodyOfGet(request) : (request.body ?? Buffer.alloc(0));
          const { status, json } = await answer(options, method, argumentsOf(body, names));
          return reply.code(status).type("application/json").send(json);
        },
      });
    }
    within.get("/api/engine_statistics", () => options.services.engineStatistics());
    done();
  });
}

async function answer(options: NorikraApiOptions, name: string, args: readonly MsgpackValue[]): Promise<{ status: number; json: string }> {
  try {
    const method = name === "active_queries" ? ACTIVE_QUERIES : METHODS.get(name);
    if (method === undefined) throw clientError(`there is no method ${name}`);
    // Through the RPC's own form, so that both have one set of methods.
    const given = Buffer.concat(args.map((each) => Buffer.from(msgpackOf(each))));
    const write = await method.call(new MsgpackReader(given), options.services);
    const writer = new MsgpackWriter();
    write(writer);
    const result = new MsgpackReader(writer.bytes(), { keepsFloats: true, depthMax: RESULT_DEPTH_MAX }).value();
    return { status: 200, json: toJson(typeof result === "boolean" ? { result } : result) };
  } catch (thrown) {
    const { className, message } = norikraErrorOf(thrown, options.log);
    return { status: STATUS.get(className) ?? 500, json: JSON.stringify({ error: "Norikra::QueryError", message }) };
  }
}

/** fastify reads no body of a GET, and a client of Norikra sends one. */
async function bodyOfGet(request: FastifyRequest): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.raw as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > GET_BODY_BYTES_MAX) return Buffer.alloc(0);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** One value for each name. What is no JSON, and what is not there, is null. */
function argumentsOf(body: Buffer, names: readonly string[]): MsgpackValue[] {
  let given: unknown;
  try {
    given = JSON.parse(body.toString("utf8"));
  } catch {
    given = undefined;
  }
  if (Array.isArray(given)) return names.map((_, index) => valueOf((given as readonly unknown[])[index]));
  const byName = typeof given === "object" && given !== null ? (given as Readonly<Record<string, unknown>>) : {};
  return names.map((name) => valueOf(Object.hasOwn(byName, name) ? byName[name] : undefined));
}

function valueOf(value: unknown): MsgpackValue {
  return value === undefined ? null : (value as MsgpackValue);
}

function toJson(value: MsgpackValue): string {
  if (value instanceof MsgpackFloat) return floatJson(value.value);
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) return `[${value.map((item: MsgpackValue) => toJson(item)).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, item]: [string, MsgpackValue]) => `${JSON.stringify(key)}:${toJson(item)}`)
    .join(",")}}`;
}

/** A float that is whole is written with its point, as Ruby does. */
function floatJson(value: number): string {
  const text = JSON.stringify(value);
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

interface ApiPath {
  /** Of the RPC. */
  readonly method: string;
  readonly http: "GET" | "POST";
  /** Its arguments by their names in the body, in the order of the RPC. */
  readonly names: readonly string[];
  readonly role: "read" | "operate";
}

/** There is neither `suspend` nor `resume` here, as in Norikra. */
const PATHS: ReadonlyMap<string, ApiPath> = new Map([
  ["targets", path("targets", "GET", [])],
  ["open", path("open", "POST", ["target", "fields", "auto_field"])],
  ["close", path("close", "POST", ["target"])],
  ["modify", path("modify", "POST", ["target", "auto_field"])],
  ["queries", path("active_queries", "GET", [])],
  ["register", path("register", "POST", ["query_name", "query_group", "expression"])],
  ["deregister", path("deregister", "POST", ["query_name"])],
  ["fields", path("fields", "GET", ["target"])],
  ["reserve", path("reserve", "POST", ["target", "fieldname", "type"])],
  ["send", path("send", "POST", ["target", "events"])],
  ["event", path("event", "POST", ["query_name"])],
  ["see", path("see", "GET", ["query_name"])],
  ["sweep", path("sweep", "POST", ["query_group"])],
  ["logs", path("logs", "GET", [])],
]);

function path(method: string, http: "GET" | "POST", names: readonly string[]): ApiPath {
  return { method, http, names, role: http === "GET" ? "read" : "operate" };
}

const AUDITED: ReadonlySet<string> = new Set(["open", "close", "modify", "register", "deregister", "reserve"]);
const STATUS: ReadonlyMap<string, number> = new Map([
  ["Norikra::RPC::ClientError", 400],
  ["Norikra::RPC::ServiceUnavailableError", 503],
]);
const GET_BODY_BYTES_MAX = 65_536;
const RESULT_DEPTH_MAX = 128;
