import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { RealDaemon } from "./real_daemon.ts";

let daemon: RealDaemon;

beforeAll(() => vi.stubEnv("TZ", "UTC"));
afterAll(() => vi.unstubAllEnvs());

beforeEach(async () => {
  daemon = new RealDaemon();
  await daemon.open();
});

afterEach(async () => daemon.close());

function clientError(message: unknown): object {
  return { error: "Norikra::RPC::ClientError", message };
}

function serverError(message: unknown): object {
  return { error: "Norikra::RPC::ServerError", message };
}

test("the first steps of Norikra go as they do there, and SELECT * besides", async () => {
  expect(await daemon.run(["target", "open", "test"])).toEqual({ status: 0, out: "" });
  expect(await daemon.run(["field", "list", "test"])).toEqual({ status: 0, out: "FIELD\tTYPE\tOPTIONAL\n0 fields found.\n" });
  await daemon.run(["event", "send", "test"], '{"name":"spike","age":27}\n');
  expect(await daemon.run(["field", "list", "test"])).toEqual({
    status: 0,
    out: "FIELD\tTYPE\tOPTIONAL\nname\tstring\tfalse\nage\tinteger\tfalse\n2 fields found.\n",
  });
  expect(await daemon.run(["query", "add", "get_all", "SELECT * FROM test"])).toEqual({ status: 0, out: "" });
  await daemon.pass(58_000);
  await daemon.run(["event", "send", "test"], '{"name":"jet","age":36}\n{"name":"faye","age":77}\n');
  expect(await daemon.run(["event", "fetch", "get_all"])).toEqual({
    status: 0,
    out: '{"time":"2014/03/31 05:40:58","name":"jet","age":36}\n{"time":"2014/03/31 05:40:58","name":"faye","age":77}\n',
  });
  expect(await daemon.run(["event", "fetch", "get_all"])).toEqual({ status: 0, out: "" });
});

test("a group whose events are over comes once more with 0, and then not at all", async () => {
  await daemon.call("open", "access", { host: "string" }, true);
  await daemon.call("register", "by_host", null, "SELECT host, COUNT(*) FROM access.win:time_batch(1 min) GROUP BY host");
  const requests = (count: number): { host: string }[] => Array.from({ length: count }, () => ({ host: "a" }));
  const rows = async (): Promise<unknown[]> => {
    const taken = (await daemon.call("event", "by_host")) as readonly [number, object][];
    return taken.map(([, row]) => row);
  };
  await daemon.call("send", "access", requests(100));
  await daemon.pass(60_000);
  expect(await rows()).toEqual([{ host: "a", "count(*)": 100 }]);
  await daemon.call("send", "access", requests(200));
  await daemon.pass(60_000);
  expect(await rows()).toEqual([{ host: "a", "count(*)": 200 }]);
  await daemon.pass(60_000);
  expect(await rows()).toEqual([{ host: "a", "count(*)": 0 }]);
  await daemon.pass(180_000);
  expect(await rows()).toEqual([]);
});

describe("the methods of the RPC", () => {
  test("targets, open, modify, close", async () => {
    expect(await daemon.call("targets")).toEqual([]);
    expect(await daemon.call("open", "www", { path: "string", n: "int" }, false)).toBe(true);
    expect(await daemon.call("open", "www", null, true)).toBe(false);
    expect(await daemon.call("targets")).toEqual([{ name: "www", auto_field: false }]);
    expect(await daemon.call("modify", "www", true)).toBe(true);
    expect(await daemon.call("modify", "www", false)).toBe(false);
    expect(await daemon.call("modify", "none", true)).toEqual(clientError("target name 'none' not found"));
    expect(await daemon.call("open", "www_", null, true)).toEqual(clientError("invalid target name"));
    expect(await daemon.call("open", "w", { a: "byte" }, true)).toEqual(clientError("byte is not supported in Norikra"));
    expect(await daemon.call("open", "w", { a: "text" }, true)).toEqual(clientError("invalid field type 'text'"));
    await daemon.call("register", "q", null, "SELECT path FROM www");
    expect(await daemon.call("close", "www")).toBe(true);
    expect(await daemon.call("close", "www")).toBe(false);
    expect(await daemon.call("queries")).toEqual([]);
  });

  test("queries, register, suspend, resume, deregister", async () => {
    await daemon.call("open", "www", { path: "string" }, true);
    expect(await daemon.call("register", "q1", null, "SELECT path FROM www")).toBe(true);
    expect(await daemon.call("register", "q2", "g", "SELECT agent FROM www")).toBe(false);
    expect(await daemon.call("register", "q3", null, "SELECT a FROM lazy")).toBe(false);
    expect(await daemon.call("register", "q1", null, "SELECT path FROM www")).toEqual(clientError("query name 'q1' already exists"));
    expect(await daemon.call("register", "", null, "SELECT path FROM www")).toEqual(clientError("Query name MUST NOT be blank"));
    expect(await daemon.call("register", "bad", null, "SELECT FROM")).toEqual(clientError(expect.stringContaining("line 1")));
    expect(await daemon.call("register", "bad", null, "SELECT sum(path) FROM www")).toEqual(serverError(expect.any(String)));
    expect(await daemon.call("suspend", "q1")).toBe(true);
    expect(await daemon.call("suspend", "q1")).toBe(false);
    expect(await daemon.call("queries")).toEqual([
      { name: "q2", group: "g", expression: "SELECT agent FROM www", targets: ["www"], suspended: false },
      { name: "q3", group: null, expression: "SELECT a FROM lazy", targets: ["lazy"], suspended: false },
      { name: "q1", group: null, expression: "SELECT path FROM www", targets: ["www"], suspended: true },
    ]);
    expect(await daemon.call("targets")).toEqual([
      { name: "www", auto_field: true },
      { name: "lazy", auto_field: true },
    ]);
    expect(await daemon.call("resume", "q1")).toBe(true);
    expect(await daemon.call("resume", "q1")).toBe(false);
    expect(await daemon.call("deregister", "q1")).toBe(true);
    expect(await daemon.call("deregister", "q1")).toBe(false);
  });

  test("fields, reserve, send", async () => {
    await daemon.call("open", "www", null, true);
    expect(await daemon.call("reserve", "www", "late", "float")).toBe(true);
    expect(await daemon.call("reserve", "www", "late", "float")).toBe(false);
    expect(await daemon.call("send", "www", [{ path: "/", n: 1, opts: { a: 1 }, list: [1] }])).toBe(false);
    expect(await daemon.call("register", "nested", null, "SELECT opts.a AS a, list.$0 AS first FROM www")).toBe(false);
    expect(await daemon.call("send", "www", [{ path: "/", n: 2, opts: { a: 5 }, list: [6] }, 7])).toBe(false);
    expect(await daemon.call("event", "nested")).toMatchObject([[1_396_244_400, { a: 5, first: 6 }]]);
    expect(await daemon.call("fields", "www")).toEqual(
      expect.arrayContaining([
        { name: "path", type: "string", optional: false, nullable: false },
        { name: "n", type: "integer", optional: false, nullable: false },
        { name: "late", type: "float", optional: true, nullable: false },
      ]),
    );
    expect(await daemon.call("fields", "none")).toEqual(serverError(expect.any(String)));
    expect(await daemon.call("reserve", "none", "a", "string")).toEqual(serverError(expect.any(String)));
    expect(await daemon.call("send", "lazy", [7])).toEqual(clientError("Input data must be JSON object"));
  });

  test("event, see, sweep", async () => {
    await daemon.call("open", "www", { path: "string" }, true);
    await daemon.call("register", "a", null, "SELECT path FROM www");
    await daemon.call("register", "b", "g", "SELECT path, 1.5 AS f FROM www");
    await daemon.call("register", "silent", null, "SELECT path FROM www WHERE path = 'x'");
    await daemon.call("send", "www", [{ path: "/" }]);
    const timeSeconds = daemon.clock.nowMs() / 1000;
    expect(await daemon.call("see", "a")).toEqual([[timeSeconds, { path: "/" }]]);
    expect(await daemon.call("sweep", null)).toEqual({ a: [[timeSeconds, { path: "/" }]] });
    expect(await daemon.call("sweep")).toEqual({});
    expect(await daemon.call("event", "b")).toEqual([[timeSeconds, { path: "/", f: 1.5 }]]);
    expect(await daemon.call("event", "b")).toEqual([]);
    expect(await daemon.call("event", "nobody")).toEqual([]);
    expect(await daemon.call("sweep", "nobody")).toEqual({});
  });

  test("logs, and no other", async () => {
    expect(await daemon.call("logs")).toEqual([["2026-01-01 00:00:00 +0000", "info", "RPC server"]]);
    expect(await daemon.call("instance_eval", "1")).toMatchObject({ status: 500 });
    expect(await daemon.call("open", "www")).toMatchObject({ status: 500 });
  });

  test("LOOPBACK gives rows back as events, STDOUT prints them", async () => {
    await daemon.call("open", "www", { path: "string" }, true);
    await daemon.call("register", "again", "LOOPBACK(seen)", "SELECT path FROM www");
    await daemon.call("register", "printed", "STDOUT()", "SELECT path FROM www");
    await daemon.call("register", "counted", null, "SELECT path FROM seen");
    await daemon.call("send", "www", [{ path: "/a" }]);
    expect(await daemon.call("event", "counted")).toMatchObject([[expect.any(Number), { path: "/a" }]]);
    expect(daemon.printed).toEqual(['printed\t{"path":"/a"}']);
    expect(await daemon.call("event", "again")).toEqual([]);
  });
});

test("what was opened, registered and suspended is there after a restart", async () => {
  await daemon.call("open", "www", { path: "string" }, false);
  await daemon.call("register", "q", "g", "SELECT path FROM www");
  await daemon.call("register", "still", null, "SELECT path FROM www");
  await daemon.call("suspend", "still");
  const before = [await daemon.call("targets"), await daemon.call("queries"), await daemon.call("fields", "www")];
  await daemon.restart();
  expect([await daemon.call("targets"), await daemon.call("queries"), await daemon.call("fields", "www")]).toEqual(before);
});

test("the paths of the HTTP API answer in Norikra's shapes", async () => {
  const done = { status: 200, json: { result: true } };
  expect(await daemon.ask("POST", "/api/open", { target: "www", fields: { path: "string" }, auto_field: true })).toEqual(done);
  expect(await daemon.ask("GET", "/api/targets")).toEqual({ status: 200, json: [{ name: "www", auto_field: true }] });
  expect(await daemon.ask("POST", "/api/reserve", { target: "www", fieldname: "n", type: "int" })).toEqual(done);
  expect((await daemon.ask("GET", "/api/fields", { target: "www" })).json).toEqual([
    { name: "path", type: "string", optional: false, nullable: false },
    { name: "n", type: "integer", optional: true, nullable: false },
  ]);
  const query = { query_name: "q", query_group: null, expression: "SELECT path FROM www" };
  expect(await daemon.ask("POST", "/api/register", query)).toEqual(done);
  expect(await daemon.ask("POST", "/api/register", query)).toEqual({
    status: 400,
    json: { error: "Norikra::QueryError", message: "query name 'q' already exists" },
  });
  expect((await daemon.ask("GET", "/api/queries")).json).toEqual([
    { name: "q", group: null, expression: "SELECT path FROM www", targets: ["www"], suspended: false },
  ]);
  expect(await daemon.ask("POST", "/api/send", { target: "www", events: [{ path: "/a" }] })).toEqual({
    status: 200,
    json: { result: false },
  });
  const rows = [[1_396_244_400, { path: "/a" }]];
  expect((await daemon.ask("GET", "/api/see", { query_name: "q" })).json).toEqual(rows);
  expect((await daemon.ask("POST", "/api/sweep", { query_group: null })).json).toEqual({ q: rows });
  expect((await daemon.ask("POST", "/api/event", ["q"])).json).toEqual([]);
  expect((await daemon.ask("GET", "/api/engine_statistics")).json).toMatchObject({
    uptime: expect.stringMatching(/^0 days, \d\d:\d\d$/),
    input_events: 1,
    processed_events: 1,
    output_events: 1,
    queries: 1,
    targets: 1,
  });
  expect((await daemon.ask("GET", "/api/logs")).json).toEqual([["2026-01-01 00:00:00 +0000", "info", "RPC server"]]);
  expect(await daemon.ask("POST", "/api/modify", { target: "www", auto_field: false })).toEqual({ status: 200, json: { result: false } });
  expect(await daemon.ask("POST", "/api/deregister", { query_name: "q" })).toEqual(done);
  expect(await daemon.ask("POST", "/api/close", { target: "www" })).toEqual(done);
  expect((await daemon.ask("GET", "/api/fields", { target: "www" })).status).toBe(500);
});

test("a catalog of Norikra is taken up while the daemon runs, whole or not at all", async () => {
  const fields = { path: { name: "path", type: "string", optional: false, nullable: false } };
  const targets = [{ name: "www", fields, auto_field: true }];
  const query = { name: "q", group: null, expression: "select path from www" };
  const bad = JSON.stringify({ targets, queries: [query, { ...query, name: "bad", expression: "select" }] });
  expect(await daemon.ask("POST", "/v1/stats", { text: bad })).toMatchObject({ status: 400, json: { code: "HOTAKA_STATS_INVALID" } });
  expect(await daemon.call("targets")).toEqual([]);
  const good = { targets, queries: [query] };
  expect((await daemon.ask("POST", "/v1/stats", { text: JSON.stringify(good) })).status).toBe(200);
  await daemon.call("send", "www", [{ path: "/" }]);
  expect(await daemon.call("event", "q")).toMatchObject([[expect.any(Number), { path: "/" }]]);
  expect((await daemon.ask("GET", "/v1/stats")).json).toEqual(good);
});

test("the verbs print what norikra-client prints", async () => {
  const prints = async (out: string, words: readonly string[], input?: string): Promise<void> =>
    expect(await daemon.run(words, input)).toEqual({ status: 0, out });
  await prints("", ["target", "open", "www", "path:string", "n:integer"]);
  await prints("", ["target", "open", "lazy1", "-x"]);
  await prints("TARGET\tAUTO_FIELD\nwww\ttrue\nlazy1\tfalse\n2 targets found.\n", ["target", "list"]);
  await prints("", ["target", "modify", "lazy1", "yes"]);
  await prints("www\ttrue\nlazy1\ttrue\n", ["target", "list", "--simple"]);
  await prints("", ["field", "add", "www", "late", "float"]);
  await prints("path\tstring\tfalse\nn\tinteger\tfalse\nlate\tfloat\ttrue\n", ["field", "list", "www", "-s"]);
  await prints("", ["query", "add", "q1", "select count(*) as c\n  from www.win:time_batch(1 min)"]);
  await prints("", ["query", "add", "q2", "select a from lazy1", "-g", "g1"]);
  await prints("", ["query", "suspend", "q2"]);
  await prints(
    "NAME\tGROUP\tTARGETS\tSUSPENDED\tQUERY\nq2\tg1\tlazy1\ttrue\tselect a from lazy1\n" +
      "q1\tdefault\twww\tfalse\tselect count(*) as c from www.win:time_batch(1 min)\n2 queries found.\n",
    ["query", "list"],
  );
  const { out: dumped } = await daemon.run(["query", "dump"]);
  await prints("", ["query", "sync"], dumped);
  await prints(
    '[dry-run] remove query {"name"=>"q2", "group"=>"g1", "expression"=>"select a from lazy1", "targets"=>["lazy1"], "suspended"=>true}\n',
    ["query", "sync", "--dry_run"],
    JSON.stringify((JSON.parse(dumped) as readonly { name: string }[]).filter(({ name }) => name === "q1")),
  );
  await prints("", ["query", "resume", "q2"]);
  await prints("", ["event", "send", "www", "--format", "ltsv"], "path:/a\tn:1\npath:/b\tn:2\n");
  await daemon.pass(60_000);
  await prints('{"time":"2014/03/31 05:41:00","c":2}\n', ["event", "see", "q1"]);
  await prints('{"ts":"1396244460","c":2}\n', ["event", "see", "q1", "--time_key", "ts", "--time_format", "%s"]);
  await prints('{"time":"2014/03/31 05:41:00","query":"q1","c":2}\n', ["event", "sweep"]);
  await prints("", ["event", "fetch", "q1"]);
  await prints("2026-01-01 00:00:00 +0000 [info] RPC server\n", ["admin", "logs"]);
  const { out: stats } = await daemon.run(["admin", "stats"]);
  expect(Object.keys(JSON.parse(stats) as object)).toEqual(["threads", "log", "targets", "queries"]);
  await prints("", ["query", "remove", "q1"]);
  await prints("", ["target", "close", "www"]);
  const refused = await daemon.run(["query", "add", "bad", "select"]);
  expect(refused.out).toMatch(/^Failed: /);
  expect(refused.status).toBe(1);
  expect(await daemon.run(["query", "add", "bad", "select", "--compat"])).toMatchObject({ status: 0 });
});
