import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { COMMANDS } from "../../src/cli/commands.ts";
import { runProgram } from "../../src/cli/program.ts";
import { Counters, HotakaError, MsgpackReader, silentLog, VirtualClock } from "../../src/kit/index.ts";
import { openRpcListener, type RpcListener } from "../../src/server/index.ts";
import { recordedTerminal } from "../cli/recorded_terminal.ts";
import { FakeCatalog, FakeEvents } from "../fakes/fake_catalog.ts";

/** What norikra-client printed, run against a server with the answers below. Recorded from the client itself; our verbs print the same. */
const TRANSCRIPT = readFileSync(join(import.meta.dirname, "client_transcript.txt"), "utf8");

let catalog: FakeCatalog;
let events: FakeEvents;
let listener: RpcListener;
let port: number;

beforeAll(async () => {
  vi.stubEnv("TZ", "UTC");
  const services = {
    get catalog() {
      return catalog;
    },
    get events() {
      return events;
    },
    logs: { read: () => [{ time: "2026-01-01 00:00:00 +0000", level: "info" as const, line: "RPC server" }] },
  };
  listener = await openRpcListener({
    services,
    log: silentLog,
    audit: { record: () => {} },
    counters: new Counters(),
    listen: { host: "127.0.0.1", port: 0 },
    bodyBytesMax: 1_000_000,
  });
  port = listener.port;
});

afterAll(async () => {
  await listener.close();
  vi.unstubAllEnvs();
});

beforeEach(() => {
  catalog = new FakeCatalog();
  events = new FakeEvents();
  const path = { name: "path", type: "string", optional: false };
  const opts = { name: "opts", type: "hash", optional: true };
  catalog.held.set("www", { autoField: true, fields: [path, opts] });
  catalog.held.set("lazy1", { autoField: false, fields: [path, opts] });
  const columns = [{ name: "avg", type: "double" }];
  const sql = "select count(*) as c\n  from www.win:time_batch(1 min)";
  const common = { reason: undefined, group: undefined, columns };
  catalog.standing.set("q1", { ...common, name: "q1", sql, targets: ["www"], state: "running" });
  catalog.standing.set("q2", { ...common, name: "q2", group: "g1", sql: "select a from lazy1", targets: ["lazy1"], state: "suspended" });
});

async function hotaka(words: readonly string[], input = ""): Promise<{ status: number; out: string; err: string }> {
  const terminal = recordedTerminal();
  const chunks = (async function* () {
    yield Buffer.from(input);
  })();
  const all = [...words, "--host", "127.0.0.1", "--port", String(port)];
  const status = await runProgram(all, COMMANDS, { terminal, clock: new VirtualClock(), env: {}, exitStatus: 0, input: chunks });
  return { status, out: terminal.out.text, err: terminal.err.text };
}

/** What the transcript shows of the command that begins so, with its exit status. */
function recorded(command: string): { status: number; out: string } {
  const blocks = TRANSCRIPT.split(/^\$ /m).map((block) => block.split("\n"));
  const [, ...lines] = blocks.find(([first]) => first === command) ?? [];
  const end = lines.findIndex((line) => line.startsWith("[exit "));
  expect(end, `the transcript has ${command}`).toBeGreaterThanOrEqual(0);
  return {
    status: Number(/\d+/.exec(lines[end] ?? "")?.[0]),
    out: lines
      .slice(0, end)
      .map((line) => `${line}\n`)
      .join(""),
  };
}

const MINUTE_ROWS = [
  { timeMs: 1_383_297_109_000, row: { "count(*)": 50, avg: 1.5, n: null } },
  { timeMs: 1_383_297_169_999, row: { "count(*)": 37, avg: 2, n: { a: [1, 2] } } },
];
const SWEPT = [
  ["q1", { c: 1 }],
  ["a0", { x: "y" }],
] as const;

describe("prints what norikra-client prints", () => {
  test.each([
    "target list",
    "target list --simple",
    "target open foo a:string b:int",
    "target close foo",
    "target modify foo yes",
    "query list",
    "query list -s",
    "query add q3 select",
    "query remove q1",
    "query suspend q1",
    "query resume q1",
    "query dump",
    "field list www",
    "field list www --simple",
    "field add www x integer",
    "event fetch q1",
    "event fetch q1 --time_key ts --time_format %s",
    "admin stats",
    "admin logs",
  ])("%s", async (command) => {
    catalog.rows.set("q1", MINUTE_ROWS);
    if (command.startsWith("target modify")) catalog.open("foo", { fields: undefined, autoField: true });
    // The server of the transcript gave `path` alone for stats.
    if (command === "admin stats") for (const { fields } of catalog.held.values()) fields.pop();
    expect(await hotaka(command.split(" "))).toEqual({ ...recorded(`norikra-client ${command}`), err: "" });
  });

  test("event see q1", async () => {
    catalog.rows.set("q1", [{ timeMs: 1_383_297_109_000, row: { c: 1 } }]);
    expect(await hotaka(["event", "see", "q1"])).toEqual({ ...recorded("norikra-client event see q1"), err: "" });
    expect(catalog.see("q1")).toHaveLength(1);
  });

  test.each([
    ["event sweep", undefined],
    ["event sweep g1 --query_name_key q", "g1"],
  ])("%s", async (command, group) => {
    catalog.standing.clear();
    for (const [name, row] of SWEPT) {
      catalog.register({ name, group, sql: "select x from www" });
      catalog.rows.set(name, [{ timeMs: 1_383_297_109_000, row }]);
    }
    expect(await hotaka(command.split(" "))).toEqual({ ...recorded(`norikra-client ${command}`), err: "" });
  });

  test("event send", async () => {
    expect(await hotaka(["event", "send", "www"], '{"a":1}\n')).toEqual({
      ...recorded('echo {"a":1} | norikra-client event send www'),
      err: "",
    });
    expect(events.sent.map(({ target, form, bytes }) => [target, form, new MsgpackReader(bytes).value()])).toEqual([
      ["www", "msgpack", [{ a: 1 }]],
    ]);
  });

  test("query sync --dry_run", async () => {
    expect(await hotaka(["query", "sync", "--dry_run"], "[]")).toEqual({ ...recorded('query sync --dry_run <<< "[]"'), err: "" });
    expect(catalog.queries()).toHaveLength(2);
  });
});

describe("a refusal of the server", () => {
  beforeEach(() => {
    catalog.register = () => {
      throw new HotakaError("HOTAKA_SQL_SYNTAX", "Incorrect syntax near ...");
    };
  });

  test("is told in the same words, and the command fails", async () => {
    const { out } = recorded("norikra-client query add bad select");
    expect(await hotaka(["query", "add", "bad", "select"])).toEqual({ status: 1, out, err: "" });
  });

  test("leaves the exit status at 0 with --compat, as norikra-client does", async () => {
    expect(await hotaka(["query", "add", "bad", "select", "--compat"])).toEqual({
      ...recorded("norikra-client query add bad select"),
      err: "",
    });
  });

  test("that is its own fault sends one to its log", async () => {
    expect(await hotaka(["field", "list", "nowhere", "-s"])).toEqual({
      status: 1,
      out: "ERROR on norikra server: HOTAKA_TARGET_NOT_FOUND, target name 'nowhere' not found\n For more details, see norikra server's logs\n",
      err: "",
    });
  });
});

test("a server that is not there is an error, with --compat too", async () => {
  await listener.close();
  const { status, out, err } = await hotaka(["target", "list", "--compat", "-s"]);
  expect({ status, out }).toEqual({ status: 1, out: "" });
  expect(err).toContain("HOTAKA_RPC_UNREACHABLE  No server answers on 127.0.0.1:");
});
