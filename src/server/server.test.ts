import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Blocks, DEFAULT_POLICY, LEDGER_MIGRATIONS, Protection } from "../blocks/index.ts";
import { Counters, type Database, openDatabase, parseCidr, silentLog, Steps, VirtualClock } from "../kit/index.ts";
import { type FakeServices, fakeServices } from "../../test/fakes/fake_services.ts";
import { Answer, askDaemon, controlPathOf, HookList, openServer, type Server, type ServerOptions } from "./index.ts";

const NOW_MS = 1_800_000_000_000;

let folder: string;
let database: Database;
let clock: VirtualClock;
let services: FakeServices;
let blocks: Blocks;
let server: Server | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "hotaka-server-"));
  database = await openDatabase({ path: ":memory:", migrations: LEDGER_MIGRATIONS });
  clock = new VirtualClock(NOW_MS);
  const protection = new Protection([parseCidr("192.0.2.10")!]);
  const rules = { policy: DEFAULT_POLICY, protection };
  blocks = new Blocks({ database, rules, clock, steps: new Steps(clock), log: silentLog, counters: new Counters() });
  services = await fakeServices({ dataDir: folder, clock, blocks });
});

afterEach(async () => {
  await server?.close();
  server = undefined;
  services.accounts.close();
  database.close();
  rmSync(folder, { recursive: true });
});

function optionsOf({ listen, dataDir }: { listen: ServerOptions["listen"]; dataDir: string }): ServerOptions {
  const { counters } = services;
  const who = { hosts: ["hotaka.example"], origins: ["https://dash.example"] };
  return { services, log: silentLog, clock, counters, listen, ...who, bodyBytesMax: 1_000_000, rpc: undefined, dataDir };
}

async function open(listen = { host: "127.0.0.1", port: 0 }, dataDir = folder): Promise<Server> {
  server = await openServer(optionsOf({ listen, dataDir }));
  return server;
}

/** As a browser or curl asks; fetch would not send a foreign Host header. */
function ask(path: string, { method = "GET", host }: { method?: string; host?: string } = {}): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const asked = request(`${server!.url}${path}`, { method, headers: host === undefined ? {} : { host } }, (answer) => {
      const chunks: Buffer[] = [];
      answer.on("data", (chunk: Buffer) => chunks.push(chunk));
      answer.once("end", () => {
        const body = Answer.parse(Buffer.concat(chunks).toString());
        resolve({ status: answer.statusCode, type: answer.headers["content-type"], json: body.json, body });
      });
    });
    asked.once("error", reject);
    asked.end();
  });
}

interface Asked {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly json: object;
  readonly body: Answer;
}

describe("a hook", () => {
  async function post(name: string, body: string): Promise<{ status: number; text: string }> {
    const answer = await fetch(`${server!.url}/v1/hooks/${name}`, { method: "POST", body, headers: { "X-Signed": "yes" } });
    return { status: answer.status, text: await answer.text() };
  }

  test("gets the bytes of a request from the network as they came, and answers it", async () => {
    const hooks = new HookList();
    services = { ...services, hooks };
    await open();
    const remove = hooks.add("slack", async ({ headers, body }) => ({ status: 202, body: `${headers["x-signed"]} ${body.toString()}` }));
    expect(await post("slack", "payload=%7B%7D")).toEqual({ status: 202, text: "yes payload=%7B%7D" });
    expect((await post("other", "")).status).toBe(404);
    expect((await post("slack", "x".repeat(70_000))).status).toBe(413);
    remove();
    expect((await post("slack", "")).status).toBe(404);
  });

  test("is posted by anybody, and a test of notices by who has a token alone", async () => {
    await open();
    const answer = await fetch(`${server!.url}/v1/notices/test`, { method: "POST", body: "{}" });
    expect(answer.status).toBe(401);
  });
});

describe("on the network", () => {
  test("/healthz says that it runs, and not which process it is", async () => {
    await open();
    expect(await ask("/healthz")).toMatchObject({ status: 200, json: { status: "ok", version: "1.2.3", up_ms: 5000 } });
    expect((await ask("/healthz")).json).not.toHaveProperty("pid");
  });

  test("/readyz is 503 with the reasons until there are none", async () => {
    await open();
    services.reasons = ["access.log is being read from its start"];
    expect(await ask("/readyz")).toMatchObject({ status: 503, json: { ready: false, reasons: services.reasons } });
    services.reasons = [];
    expect(await ask("/readyz")).toMatchObject({ status: 200, json: { ready: true, reasons: [] } });
  });

  test("blocks are listed a page at a time, the latest first", async () => {
    await open();
    for (const last of [1, 2, 3]) services.blocks.block(`203.0.113.${last}`, { forMs: 60_000, reason: "flood", by: "me" });
    const { json, body } = await ask("/v1/blocks?limit=2&offset=1");
    expect(json).toMatchObject({ total: 3, limit: 2, offset: 1 });
    expect(body.objects("blocks")).toHaveLength(2);
    expect(body.objects("blocks")[0]?.json).toMatchObject({
      until_ms: NOW_MS + 60_000,
      reason: "flood",
      made_by: "me",
      by_person: true,
      enforcement: [],
    });
  });

  test("the story of an address or a prefix is told", async () => {
    await open();
    services.blocks.block("2001:db8::7", { forMs: undefined, reason: "flood", by: "me" });
    const { json, body } = await ask(`/v1/blocks/${encodeURIComponent("2001:db8::/64")}`);
    expect(json).toMatchObject({ address: "2001:db8::/64", blocks: [{ until_ms: null }], decisions: [{ outcome: "blocked" }] });
    expect(body.texts("sentences")[0]).toContain("is blocked since");
    expect((await ask("/v1/blocks/192.0.2.10")).body.text("protected_by")).toContain("never-block list");
  });

  test("queries are listed a page at a time", async () => {
    await open();
    expect((await ask("/v1/queries")).json).toEqual({ total: 0, limit: 1000, offset: 0, queries: [] });
  });

  test.each([
    ["/v1/blocks/300.1.1.1", {}, 400, "HOTAKA_ADDRESS_INVALID"],
    ["/v1/blocks?limit=-1", {}, 400, "HOTAKA_SERVER_REQUEST"],
    ["/v1/blocks?limits=1", {}, 400, "HOTAKA_SERVER_REQUEST"],
    ["/v1/nothing", {}, 404, "HOTAKA_SERVER_NOT_FOUND"],
    ["/v1/blocks", { method: "POST" }, 401, "HOTAKA_SERVER_TOKEN"],
    ["/v1/blocks/203.0.113.7", { method: "DELETE" }, 401, "HOTAKA_SERVER_TOKEN"],
    ["/healthz", { host: "attacker.example" }, 421, "HOTAKA_SERVER_HOST"],
    ["/healthz", { host: "attacker.example:26578" }, 421, "HOTAKA_SERVER_HOST"],
  ])("%s %j is a problem of status %i and code %s", async (path, how, status, code) => {
    await open();
    expect(await ask(path, how)).toMatchObject({
      status,
      type: expect.stringContaining("application/problem+json"),
      json: { status, code },
    });
  });

  test.each(["localhost:26578", "127.0.0.1", "[::1]:26578", "198.51.100.4:80", "hotaka.example", "HOTAKA.example:443"])(
    "the Host header may be %s",
    async (host) => {
      await open();
      expect((await ask("/healthz", { host })).status).toBe(200);
    },
  );

  test("a defect tells nothing of itself to who asked", async () => {
    await open();
    services.queryStatuses = () => {
      throw new TypeError("secret is not a function");
    };
    const { status, body } = await ask("/v1/queries");
    expect(status).toBe(500);
    expect(body.text("detail")).not.toContain("secret");
  });

  test("a port that is taken is named with the reason", async () => {
    const first = await open();
    const port = Number(new URL(first.url).port);
    const other = mkdtempSync(join(tmpdir(), "hotaka-server-"));
    try {
      const second = openServer(optionsOf({ listen: { host: "127.0.0.1", port }, dataDir: other }));
      await expect(second).rejects.toThrow(`127.0.0.1:${port}: something else listens there`);
      expect(existsSync(controlPathOf(other))).toBe(false);
    } finally {
      rmSync(other, { recursive: true });
    }
  });
});

describe("where an operator asks from", () => {
  test("is known by his token on the network, and by his login on the control socket", async () => {
    const { controlPath, url } = await open();
    const token = services.accounts.tokens.create({ name: "deploy", role: "operate", forMs: undefined, by: "me" });
    await fetch(`${url}/v1/blocks`, { headers: { authorization: `Bearer ${token}` } });
    await askDaemon(controlPath, "GET", "/v1/blocks", undefined, "203.0.113.7");
    await askDaemon(controlPath, "GET", "/v1/blocks", undefined, "203.0.113.7\r\nx: y");
    expect(services.sawOperators).toEqual(["127.0.0.1", "203.0.113.7", ""]);
  });

  test("is not known of who may only read, or has no token, or says it on the network", async () => {
    const { url } = await open();
    await fetch(`${url}/v1/blocks`, { headers: { "hotaka-operator-address": "203.0.113.7" } });
    const token = services.accounts.tokens.create({ name: "screen", role: "read", forMs: undefined, by: "me" });
    await fetch(`${url}/v1/blocks`, { headers: { authorization: `Bearer ${token}`, "hotaka-operator-address": "203.0.113.7" } });
    expect(services.sawOperators.filter((address) => address !== "")).toEqual([]);
  });
});

describe("on the control socket", () => {
  test("only the owner of the daemon may ask, and is told which process it is", async () => {
    const { controlPath } = await open();
    expect(statSync(controlPath).mode & 0o777).toBe(0o600);
    expect((await askDaemon(controlPath, "GET", "/healthz")).number("pid")).toBe(process.pid);
  });

  test("a person blocks, is told why, and takes it back", async () => {
    const { controlPath } = await open();
    const blocked = await askDaemon(controlPath, "POST", "/v1/blocks", { address: "203.0.113.7", for: "2h", reason: "flood", by: "me" });
    expect(blocked.object("decision").json).toMatchObject({ cidr: "203.0.113.7/32", outcome: "blocked", until_ms: NOW_MS + 7_200_000 });
    const story = await askDaemon(controlPath, "GET", "/v1/blocks/203.0.113.7");
    expect(story.texts("sentences")[0]).toContain("flood (me)");
    const lifted = await askDaemon(controlPath, "DELETE", "/v1/blocks/203.0.113.7?by=me&reason=a%20mistake");
    expect(lifted.objects("decisions")[0]?.object("lifted").json).toMatchObject({ by: "me", reason: "a mistake" });
    expect((await askDaemon(controlPath, "GET", "/v1/blocks")).number("total")).toBe(0);
  });

  test("a block is for an hour unless told otherwise, and may be for ever", async () => {
    const { controlPath } = await open();
    const hour = await askDaemon(controlPath, "POST", "/v1/blocks", { address: "203.0.113.7" });
    expect(hour.object("decision").number("until_ms")).toBe(NOW_MS + 3_600_000);
    const ever = await askDaemon(controlPath, "POST", "/v1/blocks", { address: "203.0.113.8", for: "ever" });
    expect(ever.object("decision").numberOrNull("until_ms")).toBeNull();
  });

  test("everything that was decided can be looked through, page by page", async () => {
    const { controlPath } = await open();
    for (const last of [1, 2, 3]) blocks.block(`203.0.113.${last}`, { forMs: 60_000, reason: "flood & fire", by: "me" });
    const first = await askDaemon(controlPath, "GET", "/v1/decisions?limit=2&search=flood%20%26&query=me");
    expect(first.json).toMatchObject({ decisions: [{ cidr: "203.0.113.3/32" }, { cidr: "203.0.113.2/32" }], next: 2 });
    const second = await askDaemon(controlPath, "GET", "/v1/decisions?limit=2&below=2");
    expect(second.json).toMatchObject({ decisions: [{ cidr: "203.0.113.1/32" }], next: null });
    const one = await askDaemon(controlPath, "GET", "/v1/decisions?address=203.0.113.2%2F32&outcome=blocked&mode=block");
    expect(one.objects("decisions")).toHaveLength(1);
  });

  test("what was held back is listed, approved and rejected", async () => {
    const { controlPath } = await open();
    blocks.setRules({ policy: { ...DEFAULT_POLICY, blocksPerMinuteMax: 1 }, protection: new Protection([]) });
    blocks.decideAll(
      ["203.0.113.1", "203.0.113.7", "203.0.113.8"].map((address) => ({
        rowKey: address,
        address,
        forMs: 60_000,
        mode: "block" as const,
        reason: "flood",
        madeBy: "block.flood",
        eventTimeMs: NOW_MS,
      })),
    );
    const held = await askDaemon(controlPath, "GET", "/v1/held?limit=1");
    expect(held.json).toMatchObject({ total: 2, decisions: [{ cidr: "203.0.113.7/32", hold: { state: "waiting", for_ms: 60_000 } }] });
    const approved = await askDaemon(controlPath, "POST", "/v1/held/approve", { address: "203.0.113.7", for: "ever", by: "me" });
    expect(approved.json).toMatchObject({ total: 1, decisions: [{ outcome: "blocked", until_ms: null, approved_by: "me" }] });
    const rejected = await askDaemon(controlPath, "POST", "/v1/held/reject", { all: true, by: "me" });
    expect(rejected.json).toMatchObject({ total: 1, decisions: [{ hold: { state: "rejected", answer: { by: "me" } } }] });
    expect((await askDaemon(controlPath, "GET", "/v1/held")).number("total")).toBe(0);
  });

  test.each([
    ["GET", "/v1/decisions?outcome=eaten", undefined, "HOTAKA_SERVER_REQUEST"],
    ["GET", "/v1/decisions?since_ms=-1", undefined, "HOTAKA_SERVER_REQUEST"],
    ["GET", "/v1/decisions?address=nobody", undefined, "HOTAKA_ADDRESS_INVALID"],
    ["POST", "/v1/held/approve", {}, "HOTAKA_SERVER_REQUEST"],
    ["POST", "/v1/held/approve", { address: "203.0.113.7", all: true }, "HOTAKA_SERVER_REQUEST"],
    ["POST", "/v1/held/approve", { address: "203.0.113.7" }, "HOTAKA_HOLD_NOT_FOUND"],
    ["POST", "/v1/held/reject", { all: false }, "HOTAKA_SERVER_REQUEST"],
    ["POST", "/v1/blocks", { address: "192.0.2.10" }, "HOTAKA_BLOCK_REFUSED"],
    ["POST", "/v1/blocks", { address: "10.0.0.1" }, "HOTAKA_BLOCK_REFUSED"],
    ["POST", "/v1/blocks", { address: "nobody" }, "HOTAKA_ADDRESS_INVALID"],
    ["POST", "/v1/blocks", { address: "203.0.113.7", for: "soon" }, "HOTAKA_SERVER_REQUEST"],
    ["POST", "/v1/blocks", { address: "203.0.113.7", until: "1h" }, "HOTAKA_SERVER_REQUEST"],
    ["POST", "/v1/blocks", { address: 7 }, "HOTAKA_SERVER_REQUEST"],
    ["POST", "/v1/blocks", { address: "203.0.113.7", reason: "x".repeat(100_000) }, "HOTAKA_SERVER_REQUEST"],
    ["DELETE", "/v1/blocks/203.0.113.7", undefined, "HOTAKA_BLOCK_NOT_FOUND"],
    ["GET", "/nothing", undefined, "HOTAKA_SERVER_NOT_FOUND"],
  ] as const)("%s %s of %j is refused with %s", async (method, path, body, code) => {
    const { controlPath } = await open();
    await expect(askDaemon(controlPath, method, path, body)).rejects.toMatchObject({ code });
  });

  test("the socket of a daemon that was killed is replaced", async () => {
    const path = controlPathOf(folder);
    const script = `require("node:net").createServer().listen(${JSON.stringify(path)}, () => console.log("listens"))`;
    const killed = spawn(process.execPath, ["--eval", script], { stdio: ["ignore", "pipe", "inherit"] });
    await once(killed.stdout, "data");
    killed.kill("SIGKILL");
    await once(killed, "exit");
    expect(existsSync(path)).toBe(true);
    const { controlPath } = await open();
    expect((await askDaemon(controlPath, "GET", "/healthz")).text("status")).toBe("ok");
  });

  test("a daemon that answers there already is left alone", async () => {
    const other = createServer().listen(controlPathOf(folder));
    await once(other, "listening");
    await expect(open()).rejects.toThrow(/Another daemon answers on/);
    other.close();
  });

  test("a data folder whose path is too long for a socket is refused with the bound", async () => {
    await expect(open(undefined, join(folder, "x".repeat(120)))).rejects.toThrow(/at most 103 bytes/);
  });

  test("nobody answers after the end, and the socket is gone", async () => {
    const { controlPath } = await open();
    await server?.close();
    server = undefined;
    expect(existsSync(controlPath)).toBe(false);
    await expect(askDaemon(controlPath, "GET", "/healthz")).rejects.toThrow(/No daemon answers on .*there is no such socket.*hotaka run/);
  });

  test("a file that is no socket is named as such to who asks", async () => {
    writeFileSync(join(folder, "file"), "");
    await expect(askDaemon(join(folder, "file"), "GET", "/healthz")).rejects.toMatchObject({ code: "HOTAKA_CONTROL_UNREACHABLE" });
  });
});
