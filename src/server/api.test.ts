import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type FakeServices, fakeServices } from "../../test/fakes/fake_services.ts";
import type { Role } from "../accounts/index.ts";
import { batchOf, Schema } from "../event/index.ts";
import { Blocks, DEFAULT_POLICY, LEDGER_MIGRATIONS, Protection } from "../blocks/index.ts";
import { Counters, type Database, msgpackOf, openDatabase, silentLog, Steps, VirtualClock } from "../kit/index.ts";
import { openServer, type Server } from "./index.ts";

const NOW_MS = 1_800_000_000_000;

let folder: string;
let database: Database;
let clock: VirtualClock;
let services: FakeServices;
let server: Server;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "hotaka-api-"));
  database = await openDatabase({ path: ":memory:", migrations: LEDGER_MIGRATIONS });
  clock = new VirtualClock(NOW_MS);
  const rules = { policy: DEFAULT_POLICY, protection: new Protection([]) };
  const blocks = new Blocks({ database, rules, clock, steps: new Steps(clock), log: silentLog, counters: new Counters() });
  services = await fakeServices({ dataDir: folder, clock, blocks });
  server = await openServer({
    services,
    log: silentLog,
    clock,
    counters: services.counters,
    listen: { host: "127.0.0.1", port: 0 },
    hosts: [],
    origins: ["https://dash.example"],
    bodyBytesMax: 100_000,
    rpc: undefined,
    dataDir: folder,
  });
});

afterEach(async () => {
  await server.close();
  services.accounts.close();
  database.close();
  rmSync(folder, { recursive: true });
});

interface Asked {
  readonly status: number | undefined;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
  readonly json: unknown;
}

type Wish = { body?: unknown; headers?: Record<string, string>; raw?: Buffer };

function ask(method: string, path: string, { body, headers = {}, raw }: Wish = {}): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const bytes = raw ?? (body === undefined ? undefined : Buffer.from(JSON.stringify(body)));
    const length = bytes === undefined ? {} : { "content-type": "application/json", "content-length": bytes.length };
    const asked = request(`${server.url}${path}`, { method, headers: { ...length, ...headers } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.once("end", () => {
        const text = Buffer.concat(chunks).toString();
        const isJson = answer.headers["content-type"]?.includes("json") === true;
        resolve({ status: answer.statusCode, headers: answer.headers, text, json: isJson ? JSON.parse(text) : undefined });
      });
    });
    asked.once("error", reject);
    asked.end(bytes);
  });
}

function tokenOf(role: Role): Record<string, string> {
  return { authorization: `Bearer ${services.accounts.tokens.create({ name: `a-${role}`, role, forMs: undefined, by: "me" })}` };
}

describe("targets", () => {
  test("are opened by PUT, which does no harm twice", async () => {
    const wish = { fields: { path: "string" }, auto_field: false };
    expect(await ask("PUT", "/v1/targets/www", { body: wish })).toMatchObject({
      status: 201,
      json: { name: "www", auto_field: false, fields: 1 },
    });
    expect(await ask("PUT", "/v1/targets/www", { body: { ...wish, auto_field: true } })).toMatchObject({
      status: 200,
      json: { auto_field: true },
    });
    expect(await ask("GET", "/v1/targets?limit=1")).toMatchObject({
      json: { total: 1, limit: 1, offset: 0, targets: [{ name: "www", lazy: false }] },
    });
    expect((await ask("DELETE", "/v1/targets/www")).status).toBe(204);
    expect(await ask("DELETE", "/v1/targets/www")).toMatchObject({ status: 404, json: { code: "HOTAKA_TARGET_NOT_FOUND" } });
  });

  test("have fields, whose type is given once", async () => {
    await ask("PUT", "/v1/targets/www", { body: {} });
    expect((await ask("PUT", "/v1/targets/www/fields/size", { body: { type: "integer" } })).status).toBe(201);
    expect((await ask("PUT", "/v1/targets/www/fields/size", { body: { type: "int" } })).status).toBe(200);
    expect(await ask("PUT", "/v1/targets/www/fields/size", { body: { type: "string" } })).toMatchObject({
      status: 409,
      json: { code: "HOTAKA_FIELD_CONFLICT" },
    });
    expect((await ask("GET", "/v1/targets/www/fields")).json).toMatchObject({
      total: 1,
      fields: [{ name: "size", type: "integer", optional: true }],
    });
    expect((await ask("GET", "/v1/targets/nowhere/fields")).status).toBe(404);
  });
});

test("an editor is told what may stand at a place in a query, and nothing of a text that is too long", async () => {
  expect(await ask("POST", "/v1/completions", { body: { sql: "SELECT a", offset: 8 } })).toMatchObject({
    status: 200,
    json: { from: 8, items: [{ text: "SELECT a", kind: "field", detail: "integer" }] },
  });
  expect((await ask("POST", "/v1/completions", { body: { sql: "S".repeat(65_537), offset: 8 } })).status).toBe(400);
  expect((await ask("POST", "/v1/completions", { body: { sql: "SELECT a", offset: -1 } })).status).toBe(400);
});

describe("queries", () => {
  test("are registered and changed by PUT, which leaves alone what stands as it is wanted", async () => {
    let changes = 0;
    const { catalog } = services;
    const register = catalog.register.bind(catalog);
    catalog.register = (wish) => {
      changes++;
      return register(wish);
    };
    const wish = { sql: "SELECT a FROM www", group: "g" };
    expect(await ask("PUT", "/v1/queries/block.a%20b", { body: wish })).toMatchObject({
      status: 201,
      json: { name: "block.a b", group: "g", state: "running" },
    });
    expect((await ask("PUT", "/v1/queries/block.a%20b", { body: wish })).status).toBe(200);
    expect(changes).toBe(1);
    expect(await ask("PUT", "/v1/queries/block.a%20b", { body: { sql: "SELECT b FROM www" } })).toMatchObject({
      status: 200,
      json: { group: null },
    });
    expect(changes).toBe(2);
  });

  test("are suspended, resumed and taken out", async () => {
    await ask("PUT", "/v1/queries/q", { body: { sql: "SELECT a FROM www" } });
    expect(await ask("POST", "/v1/queries/q/suspend")).toMatchObject({ status: 200, json: { state: "suspended" } });
    expect(await ask("POST", "/v1/queries/q/suspend")).toMatchObject({ status: 200, json: { state: "suspended" } });
    expect(await ask("POST", "/v1/queries/q/resume")).toMatchObject({ status: 200, json: { state: "running" } });
    expect((await ask("DELETE", "/v1/queries/q")).status).toBe(204);
    for (const [method, path] of [
      ["GET", ""],
      ["DELETE", ""],
      ["POST", "/suspend"],
      ["GET", "/rows"],
      ["POST", "/rows/fetch"],
    ] as const) {
      expect(await ask(method, `/v1/queries/q${path}`)).toMatchObject({ status: 404, json: { code: "HOTAKA_QUERY_NOT_FOUND" } });
    }
  });

  test("give their rows, alone or by group, with numbers as wide as they are", async () => {
    const row = (a: number | bigint) => ({ timeMs: 1000, row: { a } });
    for (const [name, group] of [
      ["q1", undefined],
      ["q2", "g"],
    ] as const) {
      services.catalog.register({ name, group, sql: "SELECT a FROM www" });
      services.catalog.rows.set(name, [row(name === "q1" ? 2n ** 63n : 1)]);
    }
    expect((await ask("GET", "/v1/queries/q1/rows")).text).toBe(
      '{"query":"q1","refused":0,"dropped":0,"rows":[{"time_ms":1000,"row":{"a":9223372036854775808}}]}',
    );
    expect((await ask("GET", "/v1/groups")).json).toEqual({
      groups: [
        { group: null, queries: ["q1"] },
        { group: "g", queries: ["q2"] },
      ],
    });
    const swept = { queries: [{ query: "q2", rows: [{ time_ms: 1000, row: { a: 1 } }] }] };
    expect((await ask("GET", "/v1/groups/g/rows")).json).toEqual(swept);
    expect((await ask("POST", "/v1/groups/g/rows/fetch")).json).toEqual(swept);
    expect((await ask("POST", "/v1/groups/g/rows/fetch")).json).toEqual({ queries: [] });
    expect((await ask("POST", "/v1/groups/default/rows/fetch")).text).toContain('"query":"q1"');
  });
});

describe("events", () => {
  test.each([
    ["application/x-ndjson", Buffer.from('{"a":1}\n'), "ndjson"],
    ["application/json; charset=utf-8", Buffer.from('[{"a":1}]'), "json"],
    ["application/x-msgpack", msgpackOf([{ a: 1 }]), "msgpack"],
  ])("of the type %s go on as they came", async (type, raw, form) => {
    expect(await ask("POST", "/v1/targets/www/events", { raw, headers: { "content-type": type } })).toMatchObject({
      status: 200,
      json: { taken: 1, refused: 0 },
    });
    expect(services.events.sent).toEqual([{ target: "www", form, bytes: raw }]);
  });

  test("may be compressed, and not be a bomb", async () => {
    const headers = { "content-type": "application/x-ndjson", "content-encoding": "gzip" };
    expect((await ask("POST", "/v1/targets/www/events", { raw: gzipSync('{"a":1}\n'), headers })).status).toBe(200);
    expect(services.events.sent[0]?.bytes.toString()).toBe('{"a":1}\n');
    const bomb = await ask("POST", "/v1/targets/www/events", { raw: gzipSync(Buffer.alloc(50_000_000)), headers });
    expect(bomb).toMatchObject({ status: 400, json: { detail: expect.stringContaining("server.body_bytes_max") } });
  });

  test("of which none is one are told to be none", async () => {
    services.events.send = async () => ({ taken: 0, refused: 3 });
    const asked = await ask("POST", "/v1/targets/www/events", {
      raw: Buffer.from("x\ny\nz"),
      headers: { "content-type": "application/x-ndjson" },
    });
    expect(asked).toMatchObject({ status: 400, json: { code: "HOTAKA_EVENTS_REFUSED" } });
  });

  test.each([
    [Buffer.alloc(100_001), "application/x-ndjson", 413],
    [Buffer.from("<a/>"), "text/xml", 415],
  ])("are refused where they are too long or of another type", async (raw, type, status) => {
    expect((await ask("POST", "/v1/targets/www/events", { raw, headers: { "content-type": type } })).status).toBe(status);
  });
});

describe("who may ask", () => {
  test("without tokens this machine reads and changes queries, and blocks nobody", async () => {
    expect((await ask("GET", "/v1/queries")).status).toBe(200);
    expect((await ask("PUT", "/v1/targets/www", { body: {} })).status).toBe(201);
    expect(await ask("POST", "/v1/blocks", { body: { address: "203.0.113.7" } })).toMatchObject({
      status: 401,
      json: { code: "HOTAKA_SERVER_TOKEN" },
    });
    expect((await ask("GET", "/v1/tokens")).status).toBe(403);
  });

  test("once there is a token nobody does without, but for a health check that tells no reasons", async () => {
    tokenOf("read");
    services.reasons = ["query q is suspended"];
    for (const [method, path] of [
      ["GET", "/v1/queries"],
      ["GET", "/metrics"],
      ["GET", "/api/targets"],
      ["POST", "/api/open"],
      ["PUT", "/v1/targets/www"],
    ] as const) {
      const { status, headers } = await ask(method, path, method === "PUT" ? { body: {} } : {});
      expect({ path, status, how: headers["www-authenticate"] }).toEqual({ path, status: 401, how: "Bearer" });
    }
    expect((await ask("GET", "/healthz")).status).toBe(200);
    expect(await ask("GET", "/readyz")).toMatchObject({ status: 503, json: { ready: false, reasons: [] } });
    expect((await ask("GET", "/v1/openapi.json")).status).toBe(200);
  });

  test.each([
    ["read", "GET", "/v1/queries", 200],
    ["read", "PUT", "/v1/targets/www", 403],
    ["operate", "PUT", "/v1/targets/www", 201],
    ["operate", "GET", "/v1/tokens", 403],
    ["operate", "GET", "/v1/audit", 403],
    ["admin", "GET", "/v1/tokens", 200],
    ["admin", "GET", "/v1/audit", 200],
    ["admin", "PUT", "/v1/targets/www", 201],
  ] as const)("with the role %s, %s %s is %i", async (role, method, path, status) => {
    expect((await ask(method, path, { headers: tokenOf(role), ...(method === "PUT" ? { body: {} } : {}) })).status).toBe(status);
  });

  test.each(["Bearer nonsense", "Bearer hotaka_0123456789abcdef_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "Basic eDp5", "hotaka_"])(
    "%j is nobody",
    async (authorization) => {
      expect(await ask("GET", "/v1/queries", { headers: { authorization } })).toMatchObject({
        status: 401,
        json: { code: "HOTAKA_SERVER_TOKEN" },
      });
    },
  );

  test("a page of another origin changes nothing; one that the settings name may ask", async () => {
    for (const origin of ["https://evil.example", "null", "http://127.0.0.1:1"]) {
      expect(await ask("PUT", "/v1/targets/www", { body: {}, headers: { origin } })).toMatchObject({
        status: 403,
        json: { code: "HOTAKA_SERVER_ORIGIN" },
      });
      expect((await ask("POST", "/api/open", { body: { target: "www" }, headers: { origin } })).status).toBe(403);
    }
    expect(services.catalog.held.size).toBe(0);
    const asked = await ask("OPTIONS", "/v1/queries", {
      headers: { origin: "https://dash.example", "access-control-request-method": "PUT" },
    });
    expect(asked).toMatchObject({ status: 204, headers: { "access-control-allow-origin": "https://dash.example" } });
    expect((await ask("GET", "/v1/queries", { headers: { origin: server.url } })).status).toBe(200);
  });

  test("changes are written down with who made them, and those that a role forbids", async () => {
    const [operate, admin, read] = [tokenOf("operate"), tokenOf("admin"), tokenOf("read")];
    await ask("PUT", "/v1/targets/www", { body: {}, headers: operate });
    await ask("PUT", "/v1/targets/www", { body: {}, headers: read });
    await ask("PUT", "/v1/targets/www", { body: {} });
    await ask("GET", "/v1/targets", { headers: operate });
    await ask("POST", "/v1/targets/www/events", { raw: Buffer.from("{}"), headers: operate });
    const { json } = await ask("GET", "/v1/audit", { headers: admin });
    expect(json).toMatchObject({
      entries: [
        { who: "token a-read", what: "PUT /v1/targets/www", outcome: "HOTAKA_SERVER_ROLE", at_ms: NOW_MS },
        { who: "token a-operate", what: "PUT /v1/targets/www", outcome: "done", at_ms: NOW_MS },
      ],
    });
  });

  test("tokens are made and revoked by who is admin", async () => {
    const headers = tokenOf("admin");
    const { status, json } = await ask("POST", "/v1/tokens", { body: { name: "grafana", for: "1h" }, headers });
    expect(status).toBe(201);
    const { token } = json as { token: string };
    const theirs = { authorization: `Bearer ${token}` };
    expect((await ask("GET", "/v1/queries", { headers: theirs })).status).toBe(200);
    expect((await ask("GET", "/v1/tokens", { headers })).json).toMatchObject({
      tokens: [{ name: "a-admin" }, { name: "grafana", role: "read", expires_ms: NOW_MS + 3_600_000 }],
    });
    expect((await ask("DELETE", "/v1/tokens/grafana", { headers })).status).toBe(204);
    expect((await ask("GET", "/v1/queries", { headers: theirs })).status).toBe(401);
    expect((await ask("DELETE", "/v1/tokens/grafana", { headers })).status).toBe(404);
  });
});

describe("rows as they come", () => {
  function publish(query: string, group: string | undefined, ...values: number[]): void {
    server.rows.publish({ query, group, timeMs: 5, rows: values.map((a) => ({ a })) });
  }

  /** Reads server-sent events until `count` of them have come. */
  function listen(
    path: string,
    count: number,
    { headers = {}, begun = () => {} }: { headers?: Record<string, string>; begun?: () => void } = {},
  ): Promise<string[]> {
    return new Promise((resolve, reject) => {
      let text = "";
      const asked = request(`${server.url}${path}`, { headers }, (answer) => {
        answer.once("data", begun);
        answer.on("data", (chunk: Buffer) => {
          text += chunk.toString();
          const events = text.split("\n\n").filter((event) => event.includes("data: "));
          if (events.length < count) return;
          asked.destroy();
          resolve(events);
        });
      });
      asked.on("error", (thrown) => {
        if (!asked.destroyed) reject(thrown);
      });
      asked.end();
    });
  }

  test("of a query, and of no other", async () => {
    const heard = listen("/v1/queries/q/stream", 2, {
      begun: () => {
        publish("other", undefined, 7);
        publish("q", "g", 1, 2);
      },
    });
    const number = NOW_MS * 1024;
    expect(await heard).toEqual([
      `id: ${number + 2}\nevent: row\ndata: {"number":${number + 2},"query":"q","group":"g","time_ms":5,"row":{"a":1}}`,
      `id: ${number + 3}\nevent: row\ndata: {"number":${number + 3},"query":"q","group":"g","time_ms":5,"row":{"a":2}}`,
    ]);
  });

  test("go on behind the last that was heard, by number or by Last-Event-ID", async () => {
    publish("q", undefined, 1, 2, 3);
    const first = NOW_MS * 1024 + 1;
    const values = (events: readonly string[]): string[] => events.map((event) => /"a":(\d)/.exec(event)?.[1] ?? event);
    expect(values(await listen(`/v1/queries/q/stream?after=${first}`, 2))).toEqual(["2", "3"]);
    expect(values(await listen("/v1/groups/default/stream", 1, { headers: { "last-event-id": String(first + 1) } }))).toEqual(["3"]);
  });

  test("say so when rows were lost between", async () => {
    publish("q", undefined, ...Array.from({ length: 1500 }, (_, index) => index));
    const first = NOW_MS * 1024 + 1;
    const [gap = "", row = ""] = await listen(`/v1/queries/q/stream?after=${first}`, 2);
    expect(gap).toContain(`event: gap\ndata: {"after":${first},"number":${first + 500}}`);
    expect(row).toContain('"a":500');
    // A number of before the restart: what came since then is not known.
    expect((await listen("/v1/queries/other/stream?after=1000", 1))[0]).toContain("event: gap");
  });

  test("come over a WebSocket as well", async () => {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}/v1/groups/g/stream`);
    await once(socket, "open");
    const message = once(socket, "message");
    publish("q", "g", 1);
    const [data] = (await message) as [Buffer];
    expect(JSON.parse(data.toString())).toMatchObject({ query: "q", group: "g", row: { a: 1 } });
    const closed = once(socket, "close");
    await server.close();
    expect((await closed)[0]).toBe(1001);
  });

  test.each([
    ["/v1/groups/g/stream", { origin: "https://evil.example" }, 403],
    ["/v1/groups/g/stream", { authorization: "Bearer x" }, 401],
    ["/v1/nothing", {}, 404],
    ["/v1/groups/g/stream?after=x", {}, 400],
  ])("a WebSocket to %s with %j is refused with %i", async (path, headers, status) => {
    const socket = new WebSocket(`${server.url.replace("http", "ws")}${path}`, { headers: headers as Record<string, string> });
    const [thrown] = (await once(socket, "error")) as [Error];
    expect(thrown.message).toContain(String(status));
  });

  test("of events of a target are a sample, so many a second, with the number of those left out", async () => {
    const records = ["/a", "/b", null, "/d"].map((path) => ({ path }));
    const batch = batchOf(
      new Schema("www", { path: "string" }),
      records,
      [0, 1, 2, 3].map((ms) => NOW_MS + ms),
    );
    await ask("PUT", "/v1/targets/www", { body: { fields: { path: "string" } } });
    const heard = listen("/v1/targets/www/stream?per_second=2", 4, {
      begun: () => {
        services.catalog.taps.get("www")?.take(batch);
        clock.advanceTo(NOW_MS + 1000);
        services.catalog.taps.get("www")?.take(batch);
      },
    });
    expect((await heard).map((event) => event.replace(/^.*?data: /s, ""))).toEqual([
      `{"events":2}`,
      `{"time_ms":${NOW_MS},"event":{"path":"/a"}}`,
      `{"time_ms":${NOW_MS + 2},"event":{}}`,
      `{"events":2}`,
    ]);
    const ended = await listen("/v1/targets/www/stream", 1, { begun: () => services.catalog.taps.get("www")?.closed() });
    expect(ended[0]).toContain("event: closed");
    expect(await ask("GET", "/v1/targets/other/stream")).toMatchObject({ status: 404, json: { code: "HOTAKA_TARGET_NOT_FOUND" } });
    expect((await ask("GET", "/v1/targets/www/stream?per_second=0")).status).toBe(400);
  });

  test.each(["/v1/queries/q/stream?after=x", "/v1/queries/q/stream?after=99999999999999999"])("%s is refused", async (path) => {
    expect((await ask("GET", path)).status).toBe(400);
  });
});

describe("the description of the API", () => {
  interface Described {
    readonly paths: Readonly<
      Record<string, Readonly<Record<string, { readonly summary: string; readonly responses: object; readonly "x-role": string }>>>
    >;
  }

  test("has every route, with a summary, and names no route that is not there", async () => {
    const { paths } = (await ask("GET", "/v1/openapi.json")).json as Described;
    expect(Object.keys(paths).length).toBeGreaterThan(20);
    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, { summary }] of Object.entries(operations)) {
        expect(`${method} ${path}: ${summary}`).toMatch(/: \w.+/);
        if (path.endsWith("/stream")) continue;
        const { status, json } = await ask(method.toUpperCase(), path.replaceAll(/\{\w+\}/g, "x"), { headers: { authorization: "none" } });
        // Whoever asks without being known is told so by a route that is there.
        const { code } = (json ?? {}) as { code?: string };
        expect({ path, status, code }).toEqual({ path, status: 401, code: "HOTAKA_SERVER_TOKEN" });
      }
    }
  });

  test("describes what is answered", async () => {
    services.catalog.register({ name: "q", group: undefined, sql: "SELECT a FROM www" });
    services.catalog.open("www", { fields: { a: "string" }, autoField: true });
    services.catalog.rows.set("q", [{ timeMs: 1, row: { a: "x" } }]);
    const { paths } = (await ask("GET", "/v1/openapi.json")).json as Described;
    const paths200 = [
      "/v1/targets",
      "/v1/targets/{target}",
      "/v1/targets/{target}/fields",
      "/v1/queries",
      "/v1/queries/{query}",
      "/v1/queries/{query}/rows",
      "/v1/groups",
    ];
    for (const path of paths200) {
      const { json } = await ask("GET", path.replace("{target}", "www").replace("{query}", "q"));
      const described = JSON.stringify(paths[path]?.["get"]?.responses);
      const {
        200: { content },
      } = JSON.parse(described) as { 200: { content: { "application/json": { schema: object } } } };
      expect({ path, faults: faultsOf(json, content["application/json"].schema as JsonSchema, "") }).toEqual({ path, faults: [] });
    }
  });
});

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
}

/** What of a value is not as its schema says. */
function faultsOf(value: unknown, schema: JsonSchema, place: string): string[] {
  const kind = value === null ? "null" : Array.isArray(value) ? "array" : Number.isInteger(value) ? "number" : typeof value;
  const types = [schema.type ?? []].flat().map((type) => (type === "integer" ? "number" : type));
  if (types.length > 0 && !types.includes(kind)) return [`${place} is ${kind} and not ${types.join(" or ")}`];
  if (schema.enum !== undefined && !schema.enum.includes(value)) return [`${place} is ${String(value)}`];
  if (schema.items !== undefined) return (value as unknown[]).flatMap((item, index) => faultsOf(item, schema.items!, `${place}[${index}]`));
  const { properties } = schema;
  if (properties === undefined) return [];
  const given = value as Record<string, unknown>;
  return [
    ...Object.keys(given).flatMap((key) =>
      properties[key] === undefined ? [`${place}.${key} is not described`] : faultsOf(given[key], properties[key], `${place}.${key}`),
    ),
    ...(schema.required ?? []).filter((key) => !(key in given)).map((key) => `${place}.${key} is missing`),
  ];
}

describe("Norikra's own paths", () => {
  test("answer in its shapes, with arguments by name or by position, also in the body of a GET", async () => {
    expect(await ask("POST", "/api/open", { body: { target: "www", fields: { a: "string" }, auto_field: true } })).toMatchObject({
      status: 200,
      json: { result: true },
    });
    expect((await ask("POST", "/api/open", { body: ["lazy"] })).json).toEqual({ result: true });
    // An absent auto_field is nil, which is false.
    expect((await ask("GET", "/api/targets")).json).toEqual([
      { name: "www", auto_field: true },
      { name: "lazy", auto_field: false },
    ]);
    expect((await ask("GET", "/api/fields", { body: { target: "www" } })).json).toEqual([
      { name: "a", type: "string", optional: false, nullable: false },
    ]);
    expect((await ask("POST", "/api/reserve", { body: { target: "www", fieldname: "b", type: "float" } })).json).toEqual({ result: true });
    expect((await ask("POST", "/api/modify", { body: { target: "www", auto_field: false } })).json).toEqual({ result: false });
    expect((await ask("POST", "/api/register", { body: { query_name: "q", expression: "select a from www" } })).json).toEqual({
      result: true,
    });
    expect((await ask("GET", "/api/queries")).json).toEqual([
      { name: "q", group: null, expression: "select a from www", targets: ["www"], suspended: false },
    ]);
    services.catalog.standing.set("q", { ...services.catalog.standing.get("q")!, columns: [{ name: "f", type: "double" }] });
    services.catalog.rows.set("q", [{ timeMs: 1_999, row: { f: 2, i: 2 } }]);
    expect((await ask("GET", "/api/see", { body: { query_name: "q" } })).text).toBe('[[1,{"f":2.0,"i":2}]]');
    expect((await ask("POST", "/api/sweep", { body: {} })).text).toBe('{"q":[[1,{"f":2.0,"i":2}]]}');
    expect((await ask("POST", "/api/event", { body: { query_name: "q" } })).json).toEqual([]);
    expect((await ask("POST", "/api/send", { body: { target: "www", events: [{ a: 1 }] } })).json).toEqual({ result: false });
    expect(services.events.sent[0]?.bytes.toString("hex")).toBe("9181a16101");
    expect((await ask("GET", "/api/logs")).json).toEqual([["2026-11-20 10:00:00 +0000", "warn", "a line"]]);
    expect((await ask("POST", "/api/deregister", { body: { query_name: "q" } })).json).toEqual({ result: true });
    expect((await ask("POST", "/api/close", { body: { target: "www" } })).json).toEqual({ result: true });
    expect((await ask("GET", "/api/engine_statistics")).json).toMatchObject({
      input_events: 3,
      processed_events: 2,
      output_events: 1,
      uptime: "0 days, 00:00",
    });
  });

  test.each([
    ["/api/open", { target: "9www" }, 400, "invalid target name"],
    ["/api/open", "not an object", 400, "target must be a string"],
    [
      "/api/reserve",
      { target: "nowhere", fieldname: "a", type: "string" },
      500,
      "HOTAKA_TARGET_NOT_FOUND, target name 'nowhere' not found",
    ],
  ])("%s of %j is %i: %s", async (path, body, status, message) => {
    expect(await ask("POST", path, { body })).toMatchObject({ status, json: { error: "Norikra::QueryError", message } });
  });

  test("a body that is no JSON means that all arguments are nil, as there", async () => {
    expect(await ask("POST", "/api/open", { raw: Buffer.from("{") })).toMatchObject({
      status: 400,
      json: { message: "target must be a string" },
    });
  });

  test("there is neither suspend nor resume", async () => {
    expect((await ask("POST", "/api/suspend", { body: {} })).status).toBe(404);
  });
});

test("/metrics is what Prometheus reads", async () => {
  services.counters.counter("target_events", 'Events "taken".', { target: 'a"b\\c\nd' }).add(3);
  const { headers, text } = await ask("GET", "/metrics");
  expect(headers["content-type"]).toContain("version=0.0.4");
  expect(text).toContain(
    '# HELP hotaka_target_events_total Events "taken".\n# TYPE hotaka_target_events_total counter\nhotaka_target_events_total{target="a\\"b\\\\c\\nd"} 3\n',
  );
  expect(text).toContain("# TYPE hotaka_targets gauge\nhotaka_targets 0\n");
});

test("targets and queries are written down, and taken up, as Norikra has them", async () => {
  await ask("PUT", "/v1/queries/q", { body: { sql: "SELECT a FROM www" } });
  expect((await ask("GET", "/v1/stats")).json).toEqual({ targets: [], queries: [{ name: "q", expression: "SELECT a FROM www" }] });
  const text = JSON.stringify({ targets: [], queries: [{ name: "r", expression: "SELECT b FROM www" }] });
  const taken = { targets: { opened: [] }, queries: { running: ["r"], edited: [] } };
  expect(await ask("POST", "/v1/stats", { body: { text, dry_run: true } })).toMatchObject({ status: 200, json: taken });
  expect((await ask("GET", "/v1/queries/r")).status).toBe(404);
  expect(await ask("POST", "/v1/stats", { body: { text } })).toMatchObject({ status: 200, json: taken });
  expect((await ask("GET", "/v1/queries/r")).status).toBe(200);
  expect((await ask("POST", "/v1/stats", { body: {} })).status).toBe(400);
});
