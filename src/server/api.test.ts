import { request } from "node:http";
import { gzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openApi } from "../../test/suites/open_api.ts";
import { msgpackOf } from "../kit/index.ts";

const NOW_MS = 1_800_000_000_000;

let api: Awaited<ReturnType<typeof openApi>>;

beforeEach(async () => {
  api = await openApi(NOW_MS);
});

afterEach(async () => api.close());

describe("targets", () => {
  test("are opened by PUT, which does no harm twice", async () => {
    const wish = { fields: { path: "string" }, auto_field: false };
    expect(await api.ask("PUT", "/v1/targets/www", { body: wish })).toMatchObject({
      status: 201,
      json: { name: "www", auto_field: false, fields: 1 },
    });
    expect(await api.ask("PUT", "/v1/targets/www", { body: { ...wish, auto_field: true } })).toMatchObject({
      status: 200,
      json: { auto_field: true },
    });
    expect(await api.ask("GET", "/v1/targets?limit=1")).toMatchObject({
      json: { total: 1, limit: 1, offset: 0, targets: [{ name: "www", lazy: false }] },
    });
    expect((await api.ask("DELETE", "/v1/targets/www")).status).toBe(204);
    expect(await api.ask("DELETE", "/v1/targets/www")).toMatchObject({ status: 404, json: { code: "HOTAKA_TARGET_NOT_FOUND" } });
  });

  test("have fields, whose type is given once", async () => {
    await api.ask("PUT", "/v1/targets/www", { body: {} });
    expect((await api.ask("PUT", "/v1/targets/www/fields/size", { body: { type: "integer" } })).status).toBe(201);
    expect((await api.ask("PUT", "/v1/targets/www/fields/size", { body: { type: "int" } })).status).toBe(200);
    expect(await api.ask("PUT", "/v1/targets/www/fields/size", { body: { type: "string" } })).toMatchObject({
      status: 409,
      json: { code: "HOTAKA_FIELD_CONFLICT" },
    });
    expect((await api.ask("GET", "/v1/targets/www/fields")).json).toMatchObject({
      total: 1,
      fields: [{ name: "size", type: "integer", optional: true }],
    });
    expect((await api.ask("GET", "/v1/targets/nowhere/fields")).status).toBe(404);
  });
});

test("an editor is told what may stand at a place in a query, and nothing of a text that is too long", async () => {
  expect(await api.ask("POST", "/v1/completions", { body: { sql: "SELECT a", offset: 8 } })).toMatchObject({
    status: 200,
    json: { from: 8, items: [{ text: "SELECT a", kind: "field", detail: "integer" }] },
  });
  expect((await api.ask("POST", "/v1/completions", { body: { sql: "S".repeat(65_537), offset: 8 } })).status).toBe(400);
  expect((await api.ask("POST", "/v1/completions", { body: { sql: "SELECT a", offset: -1 } })).status).toBe(400);
});

describe("queries", () => {
  test("are registered and changed by PUT, which leaves alone what stands as it is wanted", async () => {
    let changes = 0;
    const { catalog } = api.services;
    const register = catalog.register.bind(catalog);
    catalog.register = (wish) => {
      changes++;
      return register(wish);
    };
    const wish = { sql: "SELECT a FROM www", group: "g" };
    expect(await api.ask("PUT", "/v1/queries/block.a%20b", { body: wish })).toMatchObject({
      status: 201,
      json: { name: "block.a b", group: "g", state: "running" },
    });
    expect((await api.ask("PUT", "/v1/queries/block.a%20b", { body: wish })).status).toBe(200);
    expect(changes).toBe(1);
    expect(await api.ask("PUT", "/v1/queries/block.a%20b", { body: { sql: "SELECT b FROM www" } })).toMatchObject({
      status: 200,
      json: { group: null },
    });
    expect(changes).toBe(2);
  });

  test("are suspended, resumed and taken out", async () => {
    await api.ask("PUT", "/v1/queries/q", { body: { sql: "SELECT a FROM www" } });
    expect(await api.ask("POST", "/v1/queries/q/suspend")).toMatchObject({ status: 200, json: { state: "suspended" } });
    expect(await api.ask("POST", "/v1/queries/q/suspend")).toMatchObject({ status: 200, json: { state: "suspended" } });
    expect(await api.ask("POST", "/v1/queries/q/resume")).toMatchObject({ status: 200, json: { state: "running" } });
    expect((await api.ask("DELETE", "/v1/queries/q")).status).toBe(204);
    for (const [method, path] of [
      ["GET", ""],
      ["DELETE", ""],
      ["POST", "/suspend"],
      ["GET", "/rows"],
      ["POST", "/rows/fetch"],
    ] as const) {
      expect(await api.ask(method, `/v1/queries/q${path}`)).toMatchObject({ status: 404, json: { code: "HOTAKA_QUERY_NOT_FOUND" } });
    }
  });

  test("may be given a budget of their own, which they keep as far as nothing else is said", async () => {
    const path = "/v1/queries/budgeted";
    const sql = "SELECT a FROM www";
    for (const [body, budget] of [
      [{ budget: { groups_max: 7, when_full: "evict" } }, { groups_max: 7, events_max: 5000, when_full: "evict" }],
      [{}, { groups_max: 7, events_max: 5000, when_full: "evict" }],
      [{ budget: { events_max: 9 } }, { groups_max: 7, events_max: 9, when_full: "evict" }],
    ])
      expect(await api.ask("PUT", path, { body: { sql, ...body } })).toMatchObject({ json: { budget } });
    expect(await api.ask("PUT", path, { body: { sql, budget: { when_full: "forget" } } })).toMatchObject({ status: 400 });
  });

  test("give their rows, alone or by group, with numbers as wide as they are", async () => {
    const row = (a: number | bigint) => ({ timeMs: 1000, row: { a } });
    for (const [name, group] of [
      ["q1", undefined],
      ["q2", "g"],
    ] as const) {
      api.services.catalog.register({ name, group, sql: "SELECT a FROM www" });
      api.services.catalog.rows.set(name, [row(name === "q1" ? 2n ** 63n : 1)]);
    }
    expect((await api.ask("GET", "/v1/queries/q1/rows")).text).toBe(
      '{"query":"q1","refused":0,"evicted":0,"dropped":0,"rows":[{"time_ms":1000,"row":{"a":9223372036854775808}}]}',
    );
    expect((await api.ask("GET", "/v1/groups")).json).toEqual({
      groups: [
        { group: null, queries: ["q1"] },
        { group: "g", queries: ["q2"] },
      ],
    });
    const swept = { queries: [{ query: "q2", rows: [{ time_ms: 1000, row: { a: 1 } }] }] };
    expect((await api.ask("GET", "/v1/groups/g/rows")).json).toEqual(swept);
    expect((await api.ask("POST", "/v1/groups/g/rows/fetch")).json).toEqual(swept);
    expect((await api.ask("POST", "/v1/groups/g/rows/fetch")).json).toEqual({ queries: [] });
    expect((await api.ask("POST", "/v1/groups/default/rows/fetch")).text).toContain('"query":"q1"');
  });
});

describe("events", () => {
  test.each([
    ["application/x-ndjson", Buffer.from('{"a":1}\n'), "ndjson"],
    ["application/json; charset=utf-8", Buffer.from('[{"a":1}]'), "json"],
    ["application/x-msgpack", msgpackOf([{ a: 1 }]), "msgpack"],
  ])("of the type %s go on as they came", async (type, raw, form) => {
    expect(await api.ask("POST", "/v1/targets/www/events", { raw, headers: { "content-type": type } })).toMatchObject({
      status: 200,
      json: { taken: 1, refused: 0 },
    });
    expect(api.services.events.sent).toEqual([{ target: "www", form, bytes: raw }]);
  });

  test("may be compressed, and not be a bomb", async () => {
    const headers = { "content-type": "application/x-ndjson", "content-encoding": "gzip" };
    expect((await api.ask("POST", "/v1/targets/www/events", { raw: gzipSync('{"a":1}\n'), headers })).status).toBe(200);
    expect(api.services.events.sent[0]?.bytes.toString()).toBe('{"a":1}\n');
    const bomb = await api.ask("POST", "/v1/targets/www/events", { raw: gzipSync(Buffer.alloc(50_000_000)), headers });
    expect(bomb).toMatchObject({ status: 400, json: { detail: expect.stringContaining("server.body_bytes_max") } });
  });

  test("for which there is no memory are told to come again, and are taken once there is", async () => {
    const ndjson = { "content-type": "application/x-ndjson" };
    const send = async (raw: Buffer, headers = {}): Promise<number | undefined> =>
      (await api.ask("POST", "/v1/targets/www/events", { raw, headers: { ...ndjson, ...headers } })).status;
    const slow = request(`${api.server.url}/v1/targets/www/events`, { method: "POST", headers: { ...ndjson, "content-length": 90_000 } });
    slow.on("error", () => undefined);
    slow.write(Buffer.alloc(80_000));
    while ((await send(Buffer.alloc(80_000, "{}\n"))) !== 503);
    expect(await send(gzipSync(Buffer.alloc(80_000, "{}\n")), { "content-encoding": "gzip" })).toBe(503);
    expect(await send(Buffer.from("{}\n"))).toBe(200);
    slow.destroy();
    while ((await send(Buffer.alloc(80_000, "{}\n"))) !== 200);
    const refused = api.services.counters
      .read()
      .find(({ name, labels }) => name === "server_bodies_refused" && labels["door"] === "network");
    expect(refused?.value).toBeGreaterThan(1);
  });

  test("of which none is one are told to be none", async () => {
    api.services.events.send = async () => ({ taken: 0, refused: 3 });
    const asked = await api.ask("POST", "/v1/targets/www/events", {
      raw: Buffer.from("x\ny\nz"),
      headers: { "content-type": "application/x-ndjson" },
    });
    expect(asked).toMatchObject({ status: 400, json: { code: "HOTAKA_EVENTS_REFUSED" } });
  });

  test.each([
    [Buffer.alloc(100_001), "application/x-ndjson", 413],
    [Buffer.from("<a/>"), "text/xml", 415],
  ])("are refused where they are too long or of another type", async (raw, type, status) => {
    expect((await api.ask("POST", "/v1/targets/www/events", { raw, headers: { "content-type": type } })).status).toBe(status);
  });
});

describe("who may ask", () => {
  test("without tokens this machine reads and changes queries, and blocks nobody", async () => {
    expect((await api.ask("GET", "/v1/queries")).status).toBe(200);
    expect((await api.ask("PUT", "/v1/targets/www", { body: {} })).status).toBe(201);
    expect(await api.ask("POST", "/v1/blocks", { body: { address: "203.0.113.7" } })).toMatchObject({
      status: 401,
      json: { code: "HOTAKA_SERVER_TOKEN" },
    });
    expect((await api.ask("GET", "/v1/tokens")).status).toBe(403);
  });

  test("once there is a token nobody does without, but for a health check that tells no reasons", async () => {
    api.tokenOf("read");
    api.services.reasons = ["query q is suspended"];
    for (const [method, path] of [
      ["GET", "/v1/queries"],
      ["GET", "/metrics"],
      ["GET", "/api/targets"],
      ["POST", "/api/open"],
      ["PUT", "/v1/targets/www"],
    ] as const) {
      const { status, headers } = await api.ask(method, path, method === "PUT" ? { body: {} } : {});
      expect({ path, status, how: headers["www-authenticate"] }).toEqual({ path, status: 401, how: "Bearer" });
    }
    expect((await api.ask("GET", "/healthz")).status).toBe(200);
    expect(await api.ask("GET", "/readyz")).toMatchObject({ status: 503, json: { ready: false, reasons: [] } });
    expect((await api.ask("GET", "/v1/openapi.json")).status).toBe(200);
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
    expect((await api.ask(method, path, { headers: api.tokenOf(role), ...(method === "PUT" ? { body: {} } : {}) })).status).toBe(status);
  });

  test.each(["Bearer nonsense", "Bearer hotaka_0123456789abcdef_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", "Basic eDp5", "hotaka_"])(
    "%j is nobody",
    async (authorization) => {
      expect(await api.ask("GET", "/v1/queries", { headers: { authorization } })).toMatchObject({
        status: 401,
        json: { code: "HOTAKA_SERVER_TOKEN" },
      });
    },
  );

  test("a page of another origin changes nothing; one that the settings name may ask", async () => {
    for (const origin of ["https://evil.example", "null", "http://127.0.0.1:1"]) {
      expect(await api.ask("PUT", "/v1/targets/www", { body: {}, headers: { origin } })).toMatchObject({
        status: 403,
        json: { code: "HOTAKA_SERVER_ORIGIN" },
      });
      expect((await api.ask("POST", "/api/open", { body: { target: "www" }, headers: { origin } })).status).toBe(403);
    }
    expect(api.services.catalog.held.size).toBe(0);
    const asked = await api.ask("OPTIONS", "/v1/queries", {
      headers: { origin: "https://dash.example", "access-control-request-method": "PUT" },
    });
    expect(asked).toMatchObject({ status: 204, headers: { "access-control-allow-origin": "https://dash.example" } });
    expect((await api.ask("GET", "/v1/queries", { headers: { origin: api.server.url } })).status).toBe(200);
  });

  test("changes are written down with who made them, and those that a role forbids", async () => {
    const [operate, admin, read] = [api.tokenOf("operate"), api.tokenOf("admin"), api.tokenOf("read")];
    await api.ask("PUT", "/v1/targets/www", { body: {}, headers: operate });
    await api.ask("PUT", "/v1/targets/www", { body: {}, headers: read });
    await api.ask("PUT", "/v1/targets/www", { body: {} });
    await api.ask("GET", "/v1/targets", { headers: operate });
    await api.ask("POST", "/v1/targets/www/events", { raw: Buffer.from("{}"), headers: operate });
    const { json } = await api.ask("GET", "/v1/audit", { headers: admin });
    expect(json).toMatchObject({
      entries: [
        { who: "token a-read", what: "PUT /v1/targets/www", outcome: "HOTAKA_SERVER_ROLE", at_ms: NOW_MS },
        { who: "token a-operate", what: "PUT /v1/targets/www", outcome: "done", at_ms: NOW_MS },
      ],
    });
  });

  test("tokens are made and revoked by who is admin", async () => {
    const headers = api.tokenOf("admin");
    const { status, json } = await api.ask("POST", "/v1/tokens", { body: { name: "grafana", for: "1h" }, headers });
    expect(status).toBe(201);
    const { token } = json as { token: string };
    const theirs = { authorization: `Bearer ${token}` };
    expect((await api.ask("GET", "/v1/queries", { headers: theirs })).status).toBe(200);
    expect((await api.ask("GET", "/v1/tokens", { headers })).json).toMatchObject({
      tokens: [{ name: "a-admin" }, { name: "grafana", role: "read", expires_ms: NOW_MS + 3_600_000 }],
    });
    expect((await api.ask("DELETE", "/v1/tokens/grafana", { headers })).status).toBe(204);
    expect((await api.ask("GET", "/v1/queries", { headers: theirs })).status).toBe(401);
    expect((await api.ask("DELETE", "/v1/tokens/grafana", { headers })).status).toBe(404);
  });
});

test("/metrics is what Prometheus reads", async () => {
  api.services.counters.counter("target_events", 'Events "taken".', { target: 'a"b\\c\nd' }).add(3);
  const { headers, text } = await api.ask("GET", "/metrics");
  expect(headers["content-type"]).toContain("version=0.0.4");
  expect(text).toContain(
    '# HELP hotaka_target_events_total Events "taken".\n# TYPE hotaka_target_events_total counter\nhotaka_target_events_total{target="a\\"b\\\\c\\nd"} 3\n',
  );
  expect(text).toContain("# TYPE hotaka_targets gauge\nhotaka_targets 0\n");
});

test("targets and queries are written down, and taken up, as Norikra has them", async () => {
  await api.ask("PUT", "/v1/queries/q", { body: { sql: "SELECT a FROM www" } });
  expect((await api.ask("GET", "/v1/stats")).json).toEqual({ targets: [], queries: [{ name: "q", expression: "SELECT a FROM www" }] });
  const text = JSON.stringify({ targets: [], queries: [{ name: "r", expression: "SELECT b FROM www" }] });
  const taken = { targets: { opened: [] }, queries: { running: ["r"], edited: [] } };
  expect(await api.ask("POST", "/v1/stats", { body: { text, dry_run: true } })).toMatchObject({ status: 200, json: taken });
  expect((await api.ask("GET", "/v1/queries/r")).status).toBe(404);
  expect(await api.ask("POST", "/v1/stats", { body: { text } })).toMatchObject({ status: 200, json: taken });
  expect((await api.ask("GET", "/v1/queries/r")).status).toBe(200);
  expect((await api.ask("POST", "/v1/stats", { body: {} })).status).toBe(400);
});
