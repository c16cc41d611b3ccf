import { request } from "node:http";
import { connect } from "node:net";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { AuditEntry } from "../../src/accounts/index.ts";
import { AssertionError, Counters, HotakaError, msgpackOf, MsgpackReader, type MsgpackValue, silentLog } from "../../src/kit/index.ts";
import { openRpcListener, type RpcListener } from "../../src/server/index.ts";
import { FakeCatalog, FakeEvents } from "../fakes/fake_catalog.ts";

const BODY_BYTES_MAX = 100_000;

let catalog: FakeCatalog;
let events: FakeEvents;
let counters: Counters;
let audited: AuditEntry[];
let listener: RpcListener;

beforeEach(async () => {
  catalog = new FakeCatalog();
  events = new FakeEvents();
  counters = new Counters();
  audited = [];
  const logs = { read: () => [{ time: "2026-11-20 10:00:00 +0000", level: "warn" as const, line: "a line" }] };
  const listen = { host: "127.0.0.1", port: 0 };
  listener = await openRpcListener({
    services: { catalog, events, logs },
    log: silentLog,
    audit: { record: (entry) => void audited.push(entry) },
    counters,
    listen,
    bodyBytesMax: BODY_BYTES_MAX,
  });
});

afterEach(async () => listener.close());

interface Asked {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly body: Buffer;
}

function ask(
  body: Buffer | undefined,
  { method = "POST", headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const all = { "content-type": "application/x-msgpack", ...(body === undefined ? {} : { "content-length": body.length }), ...headers };
    const asked = request({ port: listener.port, method, headers: all }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.once("end", () => resolve({ status: answer.statusCode, type: answer.headers["content-type"], body: Buffer.concat(chunks) }));
    });
    asked.once("error", reject);
    asked.end(body);
  });
}

/** The answer `[1, msgid, error, result]` to a call. */
async function call(method: string, ...args: MsgpackValue[]): Promise<MsgpackValue> {
  const { status, type, body } = await ask(msgpackOf([0, 7, method, args]));
  expect({ status, type }).toEqual({ status: 200, type: "text/plain" });
  const answer = new MsgpackReader(body, { keepsFloats: true }).value() as readonly MsgpackValue[];
  expect(answer.slice(0, 2)).toEqual([1, 7]);
  return answer[2] === null ? (answer[3] ?? null) : { error: answer[2] ?? null, message: answer[3] ?? null };
}

function clientError(message: string): MsgpackValue {
  return { error: "Norikra::RPC::ClientError", message };
}

function serverError(message: string): MsgpackValue {
  return { error: "Norikra::RPC::ServerError", message };
}

describe("the bytes on the wire", () => {
  test("are those of Norikra", async () => {
    catalog.open("www", { fields: undefined, autoField: true });
    const { body } = await ask(Buffer.from("940000a77461726765747390", "hex"));
    expect(body.toString("latin1")).toBe("\x94\x01\x00\xc0\x91\x82\xa4name\xa3www\xaaauto_field\xc3");
  });

  test("of a notification are executed and answered, with nil for an id", async () => {
    const { status, body } = await ask(msgpackOf([2, "open", ["www", null, true]]));
    expect([status, new MsgpackReader(body).value()]).toEqual([200, [1, null, null, true]]);
    expect(catalog.held.has("www")).toBe(true);
  });

  test("may have texts as bin, as old clients send them", async () => {
    const { body } = await ask(Buffer.concat([Buffer.from("940001c4046f70656e93c403777777c0c3", "hex")]));
    expect(new MsgpackReader(body).value()).toEqual([1, 1, null, true]);
    expect(catalog.held.has("www")).toBe(true);
  });

  test("give the id back as it came", async () => {
    for (const id of [0, 2 ** 31, "x", null]) {
      const { body } = await ask(msgpackOf([0, id, "targets", []]));
      expect(new MsgpackReader(body).value()).toEqual([1, id, null, []]);
    }
  });
});

describe("each method", () => {
  test("targets, open, modify, close", async () => {
    expect(await call("open", "www", { path: "string", n: "int", f: "double", b: "bool" }, true)).toBe(true);
    expect(await call("open", "www", null, true)).toBe(false);
    expect(await call("open", "lazy", null, false)).toBe(true);
    expect(await call("targets")).toEqual([
      { name: "www", auto_field: true },
      { name: "lazy", auto_field: false },
    ]);
    expect(await call("modify", "www", false)).toBe(false);
    expect(await call("modify", "www", true)).toBe(true);
    expect(await call("close", "www")).toBe(true);
    expect(await call("close", "www")).toBe(false);
  });

  test.each<[readonly MsgpackValue[], string]>([
    [["9www", null, true], "invalid target name"],
    [["www_", null, true], "invalid target name"],
    [["__proto__", null, true], "invalid target name"],
    [["www", { a: "text" }, true], "invalid field type 'text'"],
    [["www", { a: "byte" }, true], "byte is not supported in Norikra"],
    [["www", { a: "hash" }, true], "hash is container field. Don't specify it at open, use it directly."],
    [[7, null, true], "target must be a string"],
    [["www", [], true], "fields must be a hash of field names and types"],
  ])("open refuses %j: %s", async (args, sentence) => {
    expect(await call("open", ...args)).toEqual(clientError(sentence));
  });

  test("modify knows no target that is not there", async () => {
    expect(await call("modify", "x", true)).toEqual(clientError("target name 'x' not found"));
  });

  test("fields and reserve", async () => {
    await call("open", "www", { path: "string" }, true);
    expect(await call("reserve", "www", "opts", "hash")).toBe(true);
    expect(await call("reserve", "www", "opts", "hash")).toBe(false);
    expect(await call("reserve", "www", "x", "text")).toEqual(clientError("invalid field type 'text'"));
    expect(await call("fields", "www")).toEqual([
      { name: "path", type: "string", optional: false, nullable: false },
      { name: "opts", type: "hash", optional: true, nullable: false },
    ]);
    expect(await call("fields", "x")).toEqual(serverError("HOTAKA_TARGET_NOT_FOUND, target name 'x' not found"));
    expect(await call("reserve", "x", "a", "string")).toEqual(serverError("HOTAKA_TARGET_NOT_FOUND, target name 'x' not found"));
  });

  test("queries, register, suspend, resume, deregister", async () => {
    expect(await call("register", "q1", null, "select a from b")).toBe(true);
    expect(await call("register", "q2", "g", "select a from c, b")).toBe(true);
    expect(await call("suspend", "q1")).toBe(true);
    expect(await call("suspend", "q1")).toBe(false);
    expect(await call("queries")).toEqual([
      { name: "q2", group: "g", expression: "select a from c, b", targets: ["c"], suspended: false },
      { name: "q1", group: null, expression: "select a from b", targets: ["b"], suspended: true },
    ]);
    expect(await call("register", "q1", null, "select a from b")).toEqual(clientError("query name 'q1' already exists in suspended"));
    expect(await call("register", "q2", null, "select a from b")).toEqual(clientError("query name 'q2' already exists"));
    expect(await call("resume", "q1")).toBe(true);
    expect(await call("resume", "q1")).toBe(false);
    expect(await call("deregister", "q1")).toBe(true);
    expect(await call("deregister", "q1")).toBe(false);
  });

  test.each([
    ["", "select 1", "Query name MUST NOT be blank"],
    ["q", " ", "Expression MUST NOT be blank"],
  ])("register refuses the name %j with the text %j", async (name, text, sentence) => {
    expect(await call("register", name, null, text)).toEqual(clientError(sentence));
  });

  test("what is wrong with the grammar of a query is the fault of the client, with its meaning that of the server, as with Esper", async () => {
    const thrown = [
      new HotakaError("HOTAKA_SQL_SYNTAX", 'query "q", line 1: nonsense.'),
      new HotakaError("HOTAKA_SQL_UNKNOWN_FUNCTION", "there is no function f."),
      new HotakaError("HOTAKA_STOPPING", "the daemon is stopping."),
      new AssertionError("secret"),
    ];
    catalog.register = () => {
      throw thrown.shift()!;
    };
    const register = async (): Promise<MsgpackValue> => call("register", "q", null, "select");
    expect(await register()).toEqual(clientError('query "q", line 1: nonsense.'));
    expect(await register()).toEqual(serverError("HOTAKA_SQL_UNKNOWN_FUNCTION, there is no function f."));
    expect(await register()).toEqual({ error: "Norikra::RPC::ServiceUnavailableError", message: "the daemon is stopping." });
    expect(JSON.stringify(await register())).not.toContain("secret");
  });

  test("send answers false, and the events go on as the bytes they are", async () => {
    expect(await call("send", "www", [{ a: 1 }, { a: "x" }])).toBe(false);
    expect(events.sent.map(({ target, form, bytes }) => [target, form, bytes.toString("hex")])).toEqual([
      ["www", "msgpack", "9281a1610181a161a178"],
    ]);
    expect(await call("send", "www", { a: 1 })).toEqual(clientError("Input data must be an array of JSON objects"));
  });

  test("event takes rows away, see leaves them; sweep takes those of a group", async () => {
    for (const [name, group] of [
      ["q1", undefined],
      ["q2", undefined],
      ["q3", "g"],
      ["empty", undefined],
    ] as const) {
      catalog.register({ name, group, sql: "select a from b" });
      if (name !== "empty") catalog.rows.set(name, [{ timeMs: 1_383_297_109_999, row: { a: name, "count(*)": 2 } }]);
    }
    catalog.standing.set("q1", { ...catalog.standing.get("q1")!, columns: [{ name: "count(*)", type: "double" }] });
    const row = (a: string): MsgpackValue => [[1_383_297_109, { a, "count(*)": 2 }]];
    const floatRow = [[1_383_297_109, { a: "q1", "count(*)": { value: 2 } }]];
    expect(await call("see", "q1")).toEqual(floatRow);
    expect(await call("event", "q1")).toEqual(floatRow);
    expect(await call("event", "q1")).toEqual([]);
    expect(await call("event", "nowhere")).toEqual([]);
    expect(await call("see", "nowhere")).toEqual([]);
    expect(await call("sweep", null)).toEqual({ q2: row("q2") });
    expect(await call("sweep")).toEqual({});
    expect(await call("sweep", "g")).toEqual({ q3: row("q3") });
    expect(await call("sweep", "nowhere")).toEqual({});
  });

  test("logs", async () => {
    expect(await call("logs")).toEqual([["2026-11-20 10:00:00 +0000", "warn", "a line"]]);
  });
});

test("who changed what is written down, and what fails as well; what only asks is not", async () => {
  await call("open", "www", null, true);
  await call("open", "9www", null, true);
  await call("targets");
  await call("send", "www", []);
  expect(audited).toEqual([
    { who: "rpc 127.0.0.1", what: "rpc open www", outcome: "done" },
    { who: "rpc 127.0.0.1", what: "rpc open 9www", outcome: "Norikra::RPC::ClientError" },
  ]);
});

describe("a request that is no call", () => {
  test("GET / tells monitors that it lives", async () => {
    const { status, type, body } = await ask(undefined, { method: "GET" });
    expect({ status, type, body: body.toString() }).toEqual({ status: 200, type: "text/plain", body: "Norikra alive!" });
  });

  test.each([
    ["another method", Buffer.alloc(1), { method: "PUT" }, 405, "Only POST is allowed"],
    ["another type", Buffer.alloc(1), { headers: { "content-type": "text/xml" } }, 400, "Only text/plain is allowed text/xml"],
    ["an empty body", Buffer.alloc(0), {}, 411, "Missing Content-Length"],
    [
      "a web page, also one that has taken the name of this machine",
      msgpackOf([0, 1, "targets", []]),
      { headers: { "content-type": "application/x-msgpack", origin: "http://localhost:26571" } },
      403,
      "A web page may not call the RPC, for it has no login.\n",
    ],
  ])("is refused for %s", async (_, body, how, status, sentence) => {
    const answer = await ask(body, how);
    expect({ status: answer.status, body: answer.body.toString() }).toEqual({ status, body: sentence });
  });

  test("is refused for a body in chunks, whose length nobody knows", async () => {
    const head = "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-msgpack\r\nTransfer-Encoding: chunked\r\n\r\n";
    expect(await askRaw(`${head}1\r\nx\r\n0\r\n\r\n`)).toContain("411 Length Required");
  });

  test.each([
    ["no MessagePack", Buffer.from("GET me"), 400, "has 5 bytes behind its message"],
    ["a body that is cut off", msgpackOf([0, 1, "open", ["www", null, true]]).subarray(0, -1), 400, "is cut off"],
    ["another array", msgpackOf([1, 2, 3]), 400, "A call [0, id, method, [argument, ...]] was wanted"],
    ["an unknown method", msgpackOf([0, 1, "instance_eval", ["exit"]]), 500, 'There is no method "instance_eval"'],
    ["a method of what objects inherit", msgpackOf([0, 1, "constructor", []]), 500, 'There is no method "constructor"'],
    ["too few arguments", msgpackOf([0, 1, "open", ["www"]]), 500, "open takes 3 arguments, and 1 came"],
    ["too many arguments", msgpackOf([0, 1, "targets", [1]]), 500, "targets takes 0 arguments, and 1 came"],
  ])("is refused for %s", async (_, body, status, sentence) => {
    const answer = await ask(body);
    expect(answer.status).toBe(status);
    expect(answer.body.toString()).toContain(sentence);
    expect(await call("targets")).toEqual([]);
    expect(counters.read().find(({ name }) => name === "rpc_requests_refused")?.value).toBe(1);
  });

  test("is refused before it is read when it says that it is too long", async () => {
    const head = `POST / HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-msgpack\r\nContent-Length: ${100 * 1024 * 1024}\r\n\r\n`;
    const answer = await askRaw(head);
    expect(answer).toContain("413 Payload Too Large");
    expect(answer).toContain(`at most ${BODY_BYTES_MAX} are taken (rpc.body_bytes_max)`);
    expect(await call("targets")).toEqual([]);
  });

  test("arguments that are nested without end are an error of the call", async () => {
    const deep = Buffer.concat([Buffer.alloc(10_000, 0x91), Buffer.from([0xc0])]);
    const body = Buffer.concat([Buffer.from("940007a46f70656e93a3777777", "hex"), deep, Buffer.from([0xc3])]);
    const { body: answer } = await ask(body);
    expect(new MsgpackReader(answer).value()).toEqual([
      1,
      7,
      "Norikra::RPC::ClientError",
      expect.stringContaining("more than 64 arrays and maps stand within each other"),
    ]);
  });
});

test("requests for which there is no memory are told to come again, and others are taken once there is", async () => {
  const small = { services: { catalog, events, logs: { read: () => [] } }, log: silentLog, audit: { record: () => {} }, counters };
  const tight = await openRpcListener({ ...small, listen: { host: "127.0.0.1", port: 0 }, bodyBytesMax: 10_000, bodiesBytesMax: 1000 });
  const slow = connect(tight.port, "127.0.0.1");
  const head = "POST / HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-msgpack\r\ncontent-length: 9000\r\n\r\n";
  const post = async (): Promise<number> => {
    const body = new Uint8Array(msgpackOf([0, 1, "open", ["t".repeat(300), null, true]]));
    const headers = { "content-type": "application/x-msgpack" };
    return (await fetch(`http://127.0.0.1:${tight.port}/`, { method: "POST", headers, body })).status;
  };
  slow.write(Buffer.concat([Buffer.from(head), Buffer.alloc(800)]));
  while ((await post()) !== 503);
  expect(counters.read().find(({ name }) => name === "rpc_bodies_refused")?.value).toBeGreaterThan(0);
  slow.destroy();
  while ((await post()) !== 200);
  await tight.close();
});

test("a call that is being answered is answered before the end", async () => {
  const [held, begun] = [new Deferred(), new Deferred()];
  events.send = async () => {
    begun.resolve();
    await held.promise;
    return { taken: 0, refused: 0 };
  };
  const answer = call("send", "www", []);
  await begun.promise;
  const closed = listener.close();
  held.resolve();
  expect(await answer).toBe(false);
  await closed;
});

/** What comes back on a connection for these bytes, until the other side closes it. */
function askRaw(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(listener.port, "127.0.0.1", () => socket.write(text));
    let answer = "";
    socket.on("data", (chunk) => {
      answer += chunk.toString();
      socket.end();
    });
    socket.once("close", () => resolve(answer));
    socket.once("error", reject);
  });
}

class Deferred {
  resolve: () => void = () => {};
  readonly promise = new Promise<void>((resolve) => {
    this.resolve = resolve;
  });
}
