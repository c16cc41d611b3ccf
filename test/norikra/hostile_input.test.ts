import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { msgpackOf, MsgpackReader, MsgpackWriter } from "../../src/kit/index.ts";
import { RealDaemon } from "./real_daemon.ts";

const BODY_BYTES_MAX = 1_048_576;
const RPC = "application/x-msgpack";
const NDJSON = "application/x-ndjson";

let daemon: RealDaemon;

/** One for all, which goes on whatever comes. */
beforeAll(async () => {
  daemon = new RealDaemon();
  const bounded = { listen: "127.0.0.1:0", body_bytes_max: "1MB" };
  await daemon.open({ server: bounded, rpc: bounded, catalog: { fields_max: 100, targets_max: 20 } });
});

afterAll(async () => daemon.close());

/** Whatever came before, it takes an event and gives a row. */
afterEach(async () => {
  for (const { name } of (await daemon.call("targets")) as readonly { name: string }[]) await daemon.call("close", name);
  await daemon.call("open", "after", { a: "integer" }, true);
  await daemon.call("register", "after", null, "SELECT a FROM after");
  await daemon.call("send", "after", [{ a: 1 }]);
  const rows = JSON.stringify(await daemon.call("event", "after"));
  const { status } = await daemon.ask("GET", "/healthz");
  if (!rows.endsWith(',{"a":1}]]') || status !== 200) throw new Error(`the daemon does not go on: ${rows}, status ${status}`);
  await daemon.call("close", "after");
});

/** A call whose id nests arrays this deep. */
function nested(depth: number): Buffer {
  return Buffer.concat([Buffer.from("9400a1", "hex"), Buffer.alloc(depth, 0x91), Buffer.from([0xc0])]);
}

function sendOf(...events: readonly Buffer[]): Buffer {
  const head = new MsgpackWriter();
  for (const part of [0, 1, "send"]) head.value(part);
  return Buffer.concat([
    Buffer.from([0x94]),
    head.bytes(),
    Buffer.from([0x92]),
    msgpackOf("www"),
    Buffer.from([0x90 + events.length]),
    ...events,
  ]);
}

/** A map of one key, given as bytes. */
function eventOf(key: Buffer, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from([0x81]), key, value]);
}

async function counted(name: string): Promise<number> {
  const { body } = await daemon.send("GET", "/metrics", undefined, "");
  const lines = body
    .toString()
    .split("\n")
    .filter((line) => line.startsWith(`hotaka_${name}`));
  return lines.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

describe("the RPC", () => {
  test.each<[string, Buffer]>([
    ["what is no MessagePack", Buffer.from([0xc1])],
    ["text", Buffer.from("GET / HTTP/1.1")],
    ["a call that is cut off", msgpackOf([0, 1, "send", ["www", [{ a: "x".repeat(100) }]]]).subarray(0, 60)],
    ["a message with something behind it", Buffer.concat([msgpackOf([0, 1, "targets", []]), Buffer.from([0])])],
    ["an array that says it has four billion items", Buffer.from("ddffffffff", "hex")],
    ["arrays nested 10,000 deep in place of a call", nested(10_000)],
    ["a number", Buffer.from([7])],
  ])("%s is answered with status 400 and a sentence", async (_, bytes) => {
    const { status, body } = await daemon.post("/", bytes, RPC);
    expect(status).toBe(400);
    expect(body.toString()).toMatch(/^[A-Z].*\.\n$/s);
  });

  test("a body of 100 MB is refused before it is read", async () => {
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(daemon.rpcPort, "127.0.0.1");
      let text = "";
      socket.on("data", (chunk: Buffer) => void (text += chunk.toString()));
      socket.once("close", () => resolve(text));
      socket.once("error", reject);
      socket.write(`POST / HTTP/1.1\r\nhost: x\r\ncontent-type: ${RPC}\r\ncontent-length: 104857600\r\n\r\n`);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain("at most 1048576 are taken (rpc.body_bytes_max)");
  });

  test("an event nested 10,000 deep is left out, and those beside it are taken", async () => {
    await daemon.call("open", "www", { a: "integer" }, true);
    await daemon.call("register", "q", null, "SELECT a FROM www");
    await daemon.call("register", "deep", null, "SELECT b.x AS x FROM www");
    const a = (value: number): Buffer => msgpackOf({ a: value });
    const deep = eventOf(msgpackOf("b"), Buffer.concat([Buffer.alloc(10_000, 0x91), Buffer.from([0xc0])]));
    const before = await counted("sent_events_refused");
    const { status, body } = await daemon.post("/", sendOf(a(1), deep, a(3)), RPC);
    expect([status, new MsgpackReader(body).value()]).toEqual([200, [1, 1, null, false]]);
    expect(await daemon.call("event", "q")).toMatchObject([
      [expect.any(Number), { a: 1 }],
      [expect.any(Number), { a: 3 }],
    ]);
    expect(await counted("sent_events_refused")).toBe(before + 1);
  });

  test("a key that is a number is left out with its value, and counted", async () => {
    await daemon.call("register", "q", null, "SELECT a FROM www");
    const keys = Buffer.concat([Buffer.from([0x82]), Buffer.from([7]), msgpackOf("x"), msgpackOf("a"), msgpackOf(5)]);
    const before = await counted("sent_keys_refused");
    await daemon.post("/", sendOf(keys), RPC);
    expect(await daemon.call("event", "q")).toMatchObject([[expect.any(Number), { a: 5 }]]);
    expect(await counted("sent_keys_refused")).toBe(before + 1);
  });

  test("a method that is a prototype's is none", async () => {
    for (const name of ["__proto__", "constructor", "toString"]) {
      expect(await daemon.call(name)).toMatchObject({ status: 500, text: expect.stringContaining("There is no method") });
    }
  });

  test("arguments of other kinds are errors of the call, in its own form", async () => {
    await daemon.call("open", "www", null, true);
    for (const [method, ...args] of [
      ["open", 7, null, true],
      ["modify", null, true],
      ["open", "www", [1], true],
      ["send", "www", "text"],
      ["send", { a: 1 }, []],
      ["register", null, null, null],
      ["reserve", "www", 7, "string"],
    ] as const) {
      expect(await daemon.call(method, ...args)).toEqual({ error: "Norikra::RPC::ClientError", message: expect.any(String) });
    }
  });
});

describe("the HTTP API", () => {
  test.each<[string, string, string | Buffer, number]>([
    ["what is no JSON", "application/json", "{", 400],
    ["JSON that is cut off", "application/json", '[{"a":1},{"a":', 400],
    ["JSON nested 10,000 deep", "application/json", "[".repeat(10_000) + "]".repeat(10_000), 400],
    ["lines of which none is an object", NDJSON, "7\n[1]\n{\n", 400],
    ["a body of more than may come", NDJSON, Buffer.alloc(BODY_BYTES_MAX + 1, 0x20), 413],
    ["what is no MessagePack", RPC, Buffer.from([0xc1]), 400],
    ["MessagePack that is cut off", RPC, msgpackOf([{ a: "x".repeat(100) }]).subarray(0, 50), 400],
    ["MessagePack with something behind it", RPC, Buffer.concat([msgpackOf([{ a: 1 }]), Buffer.from([0])]), 400],
    ["a map of MessagePack where an array was wanted", RPC, msgpackOf({ a: 1 }), 400],
    ["a form that is not taken", "text/xml", "<a/>", 415],
  ])("%s is answered with a problem", async (_, type, text, status) => {
    const { status: answered, body } = await daemon.send("POST", "/v1/targets/www/events", Buffer.from(text), type);
    expect(answered).toBe(status);
    expect(JSON.parse(body.toString())).toMatchObject({
      status,
      title: expect.any(String),
      detail: expect.stringMatching(/\.$/),
      code: expect.any(String),
    });
  });

  test("a target cannot be named as a prototype is, and one named constructor is a target as any other", async () => {
    expect(await daemon.ask("PUT", "/v1/targets/__proto__", {})).toMatchObject({ status: 400, json: { code: "HOTAKA_TARGET_NAME" } });
    const event = Buffer.from('{"constructor":"a","__proto__":"b","toString":"c"}\n');
    expect((await daemon.send("POST", "/v1/targets/__proto__/events", event, NDJSON)).status).toBe(400);
    expect(await daemon.call("open", "__proto__", null, true)).toMatchObject({ message: "invalid target name" });
    expect(await daemon.call("open", "constructor", null, true)).toBe(true);
    expect((await daemon.send("POST", "/v1/targets/constructor/events", event, NDJSON)).status).toBe(200);
    await daemon.call("register", "constructor", "toString", "SELECT constructor, toString FROM constructor");
    await daemon.send("POST", "/v1/targets/constructor/events", event, NDJSON);
    expect(await daemon.call("event", "constructor")).toMatchObject([[expect.any(Number), { constructor: "a", toString: "c" }]]);
    expect((await daemon.ask("GET", "/v1/targets/hasOwnProperty")).status).toBe(404);
    expect(Object.keys((await daemon.call("sweep", "toString")) as object)).toEqual([]);
  });
});

test("a field that comes with another type is fitted to its own by Norikra's rules", async () => {
  await daemon.call("open", "www", { n: "integer", s: "string", f: "float", b: "boolean" }, true);
  await daemon.call("register", "q", null, "SELECT n, s, f, b FROM www");
  await daemon.call("send", "www", [
    { n: "12ab", s: 1.5, f: "2.5x", b: "FALSE" },
    { n: 1.9, s: true, f: true, b: 0 },
    { n: [1], s: { a: 1 }, f: null, b: "yes" },
  ]);
  const rows = (await daemon.call("event", "q")) as readonly [number, object][];
  expect(rows.map(([, row]) => row)).toEqual([
    { n: 12, s: "1.5", f: 2.5, b: false },
    { n: 1, s: "true", f: null, b: true },
    { n: null, s: null, f: null, b: true },
  ]);
});

test("10,000 new fields of one sender are bounded and counted, and the target goes on", async () => {
  await daemon.call("open", "www", { a: "integer" }, true);
  await daemon.call("register", "q", null, "SELECT a FROM www");
  for (let from = 0; from < 10_000; from += 1000) {
    const made = Object.fromEntries(Array.from({ length: 1000 }, (_, index) => [`made_up_${from + index}`, 1]));
    await daemon.call("send", "www", [{ a: 1, ...made }]);
  }
  const fields = (await daemon.call("fields", "www")) as readonly unknown[];
  expect(fields).toHaveLength(100);
  expect(await counted("target_fields_refused")).toBeGreaterThanOrEqual(9901);
  expect((await daemon.call("event", "q")) as readonly unknown[]).toHaveLength(10);
});

test("more targets than may be are refused, by both protocols in their own form", async () => {
  for (let number = 0; number < 20; number++) await daemon.call("open", `t${number}`, null, true);
  expect(await daemon.call("send", "one_more", [{ a: 1 }])).toMatchObject({
    error: expect.stringContaining("Norikra::RPC::"),
    message: expect.stringContaining("20"),
  });
  const { status } = await daemon.send("POST", "/v1/targets/one_more/events", Buffer.from("{}"), "application/json");
  expect(status).toBe(409);
});
