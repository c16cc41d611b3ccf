import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { recordedTerminal } from "../../test/cli/recorded_terminal.ts";
import { Blocks, DEFAULT_POLICY, LEDGER_MIGRATIONS, Protection } from "../blocks/index.ts";
import { Counters, type Database, openDatabase, silentLog, Steps, VirtualClock } from "../kit/index.ts";
import { openServer, type Server } from "../server/index.ts";
import { type FakeServices, fakeServices } from "../../test/fakes/fake_services.ts";
import { COMMANDS } from "./commands.ts";
import { runProgram } from "./program.ts";

const NOW_MS = Date.parse("2026-11-20T10:00:00Z");

let folder: string;
let clock: VirtualClock;
let database: Database;
let blocks: Blocks;
let services: FakeServices;
let server: Server;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "hotaka-cli-"));
  clock = new VirtualClock(NOW_MS);
  database = await openDatabase({ path: ":memory:", migrations: LEDGER_MIGRATIONS });
  const rules = { policy: DEFAULT_POLICY, protection: new Protection([]) };
  blocks = new Blocks({ database, rules, clock, steps: new Steps(clock), log: silentLog, counters: new Counters() });
  services = await fakeServices({ dataDir: folder, clock, blocks });
  const { counters } = services;
  const shared = { services, log: silentLog, clock, counters, dataDir: folder };
  const listen = { host: "127.0.0.1", port: 0 };
  server = await openServer({ ...shared, listen, hosts: [], origins: [], bodyBytesMax: 1_000_000, rpc: undefined });
});

afterEach(async () => {
  await server.close();
  services.accounts.close();
  database.close();
  rmSync(folder, { recursive: true });
});

async function hotaka(...words: string[]): Promise<{ status: number; out: string; err: string }> {
  const terminal = recordedTerminal();
  const status = await runProgram([...words, "--data-dir", folder], COMMANDS, { terminal, clock, env: {}, exitStatus: 0 });
  return { status, out: terminal.out.text, err: terminal.err.text };
}

describe("blocks", () => {
  test("says that nothing is blocked", async () => {
    expect(await hotaka("blocks")).toEqual({ status: 0, out: "Nothing is blocked.\n", err: "" });
  });

  test("lists each block with its end, its state, and who asked why", async () => {
    blocks.block("203.0.113.7", { forMs: 5_400_000, reason: "flood", by: "me" });
    blocks.block("2001:db8::7", { forMs: undefined, reason: "scan", by: "you" });
    blocks.attach({ name: "table", stateOf: () => ({ state: "enforced", why: undefined, sinceMs: NOW_MS }) });
    blocks.attach({
      name: "acl",
      stateOf: (cidr) => ({ state: cidr.includes(":") ? "over_capacity" : "enforced", why: "full", sinceMs: NOW_MS }),
    });
    const { out } = await hotaka("blocks");
    expect(out.split("\n").map((line) => line.replaceAll(/ {2,}/g, " | "))).toEqual([
      "ADDRESS | ENDS IN | STATE | BY | REASON",
      "203.0.113.7 | 1h 30m | enforced | me | flood",
      "2001:db8::/64 | never | 1 enforced, 1 over capacity | you | scan",
      "",
    ]);
  });

  test("lists no more than it is asked for, and says how many are left", async () => {
    for (let last = 1; last <= 5; last++) blocks.block(`203.0.113.${last}`, { forMs: 60_000, reason: "flood", by: "me" });
    const { out } = await hotaka("blocks", "--limit", "2");
    expect(out.split("\n")).toHaveLength(5);
    expect(out).toContain("and 3 more; --limit 5 lists all of them.");
  });

  test("--json is the answer of the daemon", async () => {
    blocks.block("203.0.113.7", { forMs: 60_000, reason: "flood", by: "me" });
    expect(JSON.parse((await hotaka("blocks", "--json")).out)).toMatchObject({ total: 1, blocks: [{ cidr: "203.0.113.7/32" }] });
  });

  test.each(["0", "10001", "x"])("--limit %s is refused", async (limit) => {
    const { status, err } = await hotaka("blocks", "--limit", limit);
    expect(status).toBe(2);
    expect(err).toContain("A number from 1 to 10000 was wanted.");
  });
});

describe("what was decided", () => {
  beforeEach(() => {
    blocks.block("203.0.113.7", { forMs: 60_000, reason: "flood", by: "me" });
    blocks.unblock("203.0.113.7", { by: "me", reason: "over" });
    clock.advanceTo(NOW_MS + 3_600_000);
    const row = { rowKey: "k", address: "2001:db8::7", forMs: 60_000, mode: "detect", reason: "scan", madeBy: "detect.scan" } as const;
    blocks.decide({ ...row, eventTimeMs: NOW_MS });
  });

  test("is listed, the newest first, also when it is over", async () => {
    const { out } = await hotaka("blocks", "--all");
    expect(out.split("\n").map((line) => line.trim().replaceAll(/ {2,}/g, " | "))).toEqual([
      "DECISION | AT | ADDRESS | OUTCOME | BY | REASON",
      "2 | 2026-11-20T11:00:00Z | 2001:db8::/64 | detected | detect.scan | scan",
      "1 | 2026-11-20T10:00:00Z | 203.0.113.7 | blocked | me | flood",
      "",
    ]);
    expect((await hotaka("blocks", "--all", "--limit", "1")).out).toContain("and more; a larger --limit lists them.");
  });

  test.each([
    [["--search", "SCAN"], "2001:db8::/64"],
    [["--mode", "block"], "203.0.113.7"],
    [["--outcome", "detected"], "2001:db8::/64"],
    [["--query", "me"], "203.0.113.7"],
    [["--address", "2001:db8::99"], "2001:db8::/64"],
    [["--since", "30min"], "2001:db8::/64"],
    [["--since", "2026-11-20T10:30:00Z"], "2001:db8::/64"],
    [["--until", "30min"], "203.0.113.7"],
    [["--since", "2026-11-20", "--until", "2026-11-20T12:00:00+01:00"], "203.0.113.7"],
  ] as const)("is found by %j", async (words, address) => {
    const { out } = await hotaka("blocks", ...words);
    expect(out.split("\n").slice(1, -1)).toEqual([expect.stringContaining(` ${address} `)]);
  });

  test("as JSON is what the daemon answers", async () => {
    const { out } = await hotaka("blocks", "--query", "me", "--json");
    expect(JSON.parse(out)).toMatchObject({ decisions: [{ cidr: "203.0.113.7/32", lifted: { reason: "over" } }], next: null });
    expect((await hotaka("blocks", "--search", "nothing such")).out).toBe("Nothing such was decided.\n");
  });

  test.each([
    [["--since", "yesterday"], /How long ago, such as 2h, or a time/],
    [["--mode", "drop"], /Allowed choices are block, detect/],
    [["--held", "--all"], /--held lists what waits now/],
  ] as const)("%j is refused", async (words, sentence) => {
    const { status, err } = await hotaka("blocks", ...words);
    expect(status).toBe(2);
    expect(err).toMatch(sentence);
  });
});

describe("what was held back", () => {
  beforeEach(() => {
    blocks.setRules({ policy: { ...DEFAULT_POLICY, blocksPerMinuteMax: 1 }, protection: new Protection([]) });
    const asked = ["203.0.113.1", "203.0.113.7", "2001:db8::7"].map((address) => ({
      rowKey: address,
      address,
      forMs: 3_600_000,
      mode: "block" as const,
      reason: "flood",
      madeBy: "block.flood",
      eventTimeMs: NOW_MS,
    }));
    blocks.decideAll(asked);
  });

  test("is listed, with how long it waits", async () => {
    expect((await hotaka("blocks")).out).toContain("2 more wait for approval; `hotaka blocks --held` lists them.\n");
    const { out } = await hotaka("blocks", "--held");
    expect(out.split("\n").map((line) => line.replaceAll(/ {2,}/g, " | "))).toEqual([
      "ADDRESS | WAITS | DECISION | BY | REASON",
      "203.0.113.7 | 1h | 2 | block.flood | flood",
      "2001:db8::/64 | 1h | 3 | block.flood | flood",
      "",
    ]);
    expect((await hotaka("blocks", "--held", "--limit", "1")).out).toContain("and 1 more");
    expect(JSON.parse((await hotaka("blocks", "--held", "--json")).out)).toMatchObject({ total: 2 });
  });

  test("is approved, for another term if one is given, or rejected", async () => {
    expect((await hotaka("approve", "203.0.113.7", "--for", "2h")).out).toMatch(
      /^203\.0\.113\.7 was blocked until 2026-11-20T12:00:00Z, approved by .+: flood \(block\.flood\)\.\n$/,
    );
    expect((await hotaka("reject", "2001:db8::7", "--reason", "ours")).out).toBe("2001:db8::/64 will not be blocked.\n");
    expect((await hotaka("blocks", "--held")).out).toBe("Nothing waits for approval.\n");
    expect((await hotaka("why", "2001:db8::7")).out).toMatch(/rejected 2026-11-20T10:00:00Z by .+: ours\./);
  });

  test("is approved or rejected as a whole", async () => {
    expect((await hotaka("approve", "--all")).out.split("\n")).toHaveLength(3);
    expect(blocks.size).toBe(3);
    expect((await hotaka("reject", "--all")).out).toBe("Nothing waits for approval.\n");
  });

  test.each([
    [["approve"], 2, /^HOTAKA_CLI_USAGE {2}Either an address or --all was wanted/],
    [["reject", "203.0.113.7", "--all"], 2, /^HOTAKA_CLI_USAGE {2}Either an address or --all was wanted/],
    [["approve", "198.51.100.1"], 1, /^HOTAKA_HOLD_NOT_FOUND {2}Nothing about 198\.51\.100\.1 waits for approval/],
    [["approve", "nobody"], 1, /^HOTAKA_ADDRESS_INVALID/],
  ] as const)("is not found by %j, with status %i", async (words, status, sentence) => {
    const found = await hotaka(...words);
    expect(found).toMatchObject({ status, out: "" });
    expect(found.err).toMatch(sentence);
  });
});

describe("a person", () => {
  test("blocks an address, is told why it is blocked, and takes it back", async () => {
    expect(await hotaka("block", "203.0.113.7", "--for", "2h", "--reason", "flood")).toMatchObject({
      status: 0,
      out: expect.stringMatching(/^203\.0\.113\.7 was blocked until 2026-11-20T12:00:00Z: flood \(.+\)\.\n$/),
    });
    const { out } = await hotaka("why", "203.0.113.7");
    expect(out).toContain("203.0.113.7 is blocked since 2026-11-20T10:00:00Z, for another 2h: flood");
    expect(await hotaka("unblock", "203.0.113.7")).toEqual({ status: 0, out: "203.0.113.7 is no longer blocked.\n", err: "" });
    expect((await hotaka("why", "203.0.113.7")).out).toContain("203.0.113.7 is not blocked.");
  });

  test.each([
    [["block", "10.0.0.1"], 1, /^HOTAKA_BLOCK_REFUSED {2}10\.0\.0\.1 was not blocked: 10\.0\.0\.0\/8 is never blocked/],
    [["block", "nobody"], 1, /^HOTAKA_ADDRESS_INVALID {2}"nobody" is not an address/],
    [["block", "203.0.113.7", "--for", "soon"], 2, /^HOTAKA_CLI_USAGE {2}option '--for <duration>'.*A duration such as 90s/],
    [["unblock", "203.0.113.7"], 1, /^HOTAKA_BLOCK_NOT_FOUND {2}203\.0\.113\.7 is not blocked/],
    [["why", "1.2.3"], 1, /^HOTAKA_ADDRESS_INVALID {2}"1\.2\.3"/],
  ] as const)("who asks for %j is told why not, with status %i", async (words, status, sentence) => {
    const found = await hotaka(...words);
    expect(found).toMatchObject({ status, out: "" });
    expect(found.err).toMatch(sentence);
  });

  test("has the daemon send a test message, and is told of one that did not arrive", async () => {
    expect(await hotaka("notify", "test", "mail")).toEqual({ status: 0, out: "actions[0] (mail): mailed.\n", err: "" });
    expect(await hotaka("notify", "test", "sns")).toMatchObject({ status: 1, out: "actions[0] (sns): mailed.\n" });
    expect((await hotaka("notify", "ack", "n17")).out).toMatch(/^n17 is acknowledged by .+\.\n$/);
    expect((await hotaka("notify", "shout", "n17")).status).toBe(2);
  });

  test("is told where no daemon was found", async () => {
    await server.close();
    const { status, err } = await hotaka("blocks");
    expect(status).toBe(1);
    expect(err).toMatch(/^HOTAKA_CONTROL_UNREACHABLE {2}No daemon answers on .*control\.sock.*hotaka run/);
  });

  test("asks the daemon of a settings file by its data_dir, whatever else is wrong in it", async () => {
    const file = join(folder, "hotaka.yaml");
    writeFileSync(file, "data_dir: .\nnonsense: 1\n");
    const terminal = recordedTerminal();
    const status = await runProgram(["blocks", "--config", file], COMMANDS, { terminal, clock, env: {}, exitStatus: 0 });
    expect({ status, out: terminal.out.text }).toEqual({ status: 0, out: "Nothing is blocked.\n" });
  });
});

describe("validate", () => {
  async function validate(text: string, ...words: string[]): Promise<{ status: number; out: string; err: string }> {
    const file = join(folder, "x.yaml");
    writeFileSync(file, text);
    const terminal = recordedTerminal();
    const status = await runProgram(["validate", file, ...words], COMMANDS, { terminal, clock, env: {}, exitStatus: 0 });
    return { status, out: terminal.out.text.replaceAll(folder, ""), err: terminal.err.text.replaceAll(folder, "") };
  }

  test("counts what a right file declares, and shows what looks like a mistake", async () => {
    const text = "queries: []\nactions:\n  - { match: block.**, log: {} }\nenforcers:\n  - table: {}\n";
    expect(await validate(text)).toEqual({
      status: 0,
      out: "/x.yaml is right: 0 sources, 0 queries, 1 action, 1 enforcer.\n",
      err: '/x.yaml:3:14  actions[0].match: "block.**" fits no query, so this action answers nothing.\n',
    });
    expect(JSON.parse((await validate(text, "--json")).out)).toMatchObject({ actions: 1, warnings: [expect.any(String)] });
  });

  test("shows every mistake at its place, with status 1", async () => {
    expect(await validate("data_dir: 5\nqeries: []\n")).toEqual({
      status: 1,
      out: "",
      err: [
        "/x.yaml:1:11 HOTAKA_CONFIG_INVALID  data_dir: 5 was found; text was wanted.",
        '/x.yaml:2:1 HOTAKA_CONFIG_UNKNOWN_KEY  the settings: "qeries" is not a setting of Hotaka. Did you mean "queries"?',
        "",
      ].join("\n"),
    });
  });

  test("finds actions that answer each other's tags, and tells the way", async () => {
    const action = (match: string, tag: string): string =>
      `  - { match: "${match}", exec_filter: { run: [a], in: { format: json }, out: { format: json }, tag: ${tag} } }\n`;
    const text = (tag: string): string => `actions:\n${action("second.**", "first.done")}${action("first.**", tag)}`;
    expect(await validate(text("second.done"))).toMatchObject({
      status: 1,
      err: expect.stringMatching(
        /^\/x\.yaml:2:\d+ HOTAKA_CONFIG_INVALID  actions\[0\]\.match: actions\[0\] -> actions\[1\] -> actions\[0\]: each answers what the one before gives back/,
      ),
    });
    expect((await validate(text("third.done"))).status).toBe(0);
  });

  test("reads the lists of addresses that are never blocked, as the daemon will", async () => {
    const text = "never_block:\n  - { aws_ip_ranges: ranges.json, service: ROUTE53_HEALTHCHECKS }\n";
    expect(await validate(text)).toMatchObject({
      status: 1,
      err: expect.stringMatching(/^HOTAKA_CONFIG_INVALID  never_block: aws_ip_ranges \/ranges\.json: it could not be read: ENOENT/),
    });
    const prefix = { ip_prefix: "192.0.2.0/24", service: "EC2", region: "GLOBAL" };
    writeFileSync(join(folder, "ranges.json"), JSON.stringify({ prefixes: [prefix] }));
    expect((await validate(text)).err).toContain("it has no prefixes of ROUTE53_HEALTHCHECKS. Services in it: EC2.");
    writeFileSync(join(folder, "ranges.json"), JSON.stringify({ prefixes: [{ ...prefix, service: "ROUTE53_HEALTHCHECKS" }] }));
    expect((await validate(text)).status).toBe(0);
  });

  test.each(["examples/first_look/hotaka.yaml"])("finds nothing wrong in %s", async (file) => {
    const terminal = recordedTerminal();
    const status = await runProgram(["validate", file], COMMANDS, { terminal, clock, env: {}, exitStatus: 0 });
    expect({ status, err: terminal.err.text }).toEqual({ status: 0, err: "" });
  });
});
