import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { recordedTerminal } from "../../test/cli/recorded_terminal.ts";
import { type FakeServices, fakeServices } from "../../test/fakes/fake_services.ts";
import { Accounts } from "../accounts/index.ts";
import { Blocks, DEFAULT_POLICY, LEDGER_MIGRATIONS, Protection } from "../blocks/index.ts";
import { Counters, type Database, FolderLock, openDatabase, silentLog, Steps, VirtualClock } from "../kit/index.ts";
import { openServer, type Server } from "../server/index.ts";
import { COMMANDS } from "./commands.ts";
import { runProgram } from "./program.ts";

const DAY_MS = 86_400_000;

let folder: string;
let clock: VirtualClock;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hotaka-token-"));
  clock = new VirtualClock(Date.parse("2026-11-20T10:00:00Z"));
});

afterEach(() => rmSync(folder, { recursive: true }));

async function token(...words: string[]): Promise<{ status: number; out: string; err: string }> {
  const terminal = recordedTerminal();
  const status = await runProgram(["token", ...words, "--data-dir", folder], COMMANDS, { terminal, clock, env: {}, exitStatus: 0 });
  return { status, out: terminal.out.text, err: terminal.err.text };
}

describe("while the daemon runs", () => {
  let database: Database;
  let services: FakeServices;
  let server: Server;

  beforeEach(async () => {
    database = await openDatabase({ path: ":memory:", migrations: LEDGER_MIGRATIONS });
    const rules = { policy: DEFAULT_POLICY, protection: new Protection([]) };
    const blocks = new Blocks({ database, rules, clock, steps: new Steps(clock), log: silentLog, counters: new Counters() });
    services = await fakeServices({ dataDir: folder, clock, blocks });
    const listen = { host: "127.0.0.1", port: 0 };
    const shared = { services, log: silentLog, clock, counters: services.counters, dataDir: folder };
    server = await openServer({ ...shared, listen, hosts: [], origins: [], bodyBytesMax: 1_000_000, rpc: undefined });
  });

  afterEach(async () => {
    await server.close();
    services.accounts.close();
    database.close();
  });

  async function statusFor(bearer: string): Promise<number> {
    return (await fetch(`${server.url}/v1/targets`, { headers: { authorization: `Bearer ${bearer}` } })).status;
  }

  test("a token is shown once, opens the API, is listed without its secret, and is good for nothing once it is revoked", async () => {
    expect(await token("list")).toMatchObject({ out: "There are no tokens: the API is open to this machine alone.\n" });
    const made = await token("create", "grafana", "--for", "90 days");
    expect(made).toMatchObject({ status: 0, err: "token grafana may read. It is shown this once:\n" });
    const secret = made.out.trim();
    expect(secret).toMatch(/^\S{20,}$/);
    expect(await statusFor(secret)).toBe(200);
    expect(await statusFor(`${secret}x`)).toBe(401);

    const listed = await token("list");
    expect(listed.out.replaceAll(/ {2,}/g, " | ")).toMatch(
      /^NAME \| ROLE \| ENDS \| USED \| MADE BY\ngrafana \| read \| in 90d \| 0ms ago \| /,
    );
    expect(listed.out + (await token("list", "--json")).out).not.toContain(secret);

    expect(await token("revoke", "grafana")).toEqual({ status: 0, out: "token grafana is revoked.\n", err: "" });
    expect(await statusFor(secret)).toBe(401);
    expect(await token("revoke", "grafana")).toMatchObject({ status: 1, err: expect.stringContaining("HOTAKA_TOKEN_NOT_FOUND") });
  });

  test("a token whose time is over is good for nothing, and says so", async () => {
    const secret = (await token("create", "deploy", "--role", "operate", "--for", "1 day")).out.trim();
    clock.advanceTo(clock.nowMs() + DAY_MS);
    expect(await statusFor(secret)).toBe(401);
    expect((await token("list")).out).toMatch(/deploy +operate +over/);
  });

  test.each([
    [["create", "a b"], 1, "HOTAKA_TOKEN_NAME"],
    [["create", "x", "--role", "root"], 2, "Allowed choices are read, operate, admin"],
    [["create", "x", "--for", "soon"], 2, "A duration such as 90 days, or ever, was wanted"],
    [["create"], 2, "missing required argument 'name'"],
  ])("%j is refused", async (words, status, sentence) => {
    expect(await token(...words)).toMatchObject({ status, out: "", err: expect.stringContaining(sentence) });
  });
});

describe("while no daemon runs", () => {
  test("a token is put into the data folder, so that a daemon can start that others may reach", async () => {
    const { status, out } = await token("create", "first", "--role", "admin");
    expect(status).toBe(0);
    const accounts = await Accounts.open({ dataDir: folder, clock });
    expect(accounts.tokens.verify(out.trim())).toMatchObject({ name: "first", role: "admin" });
    accounts.close();
  });

  test("it is not put there under another process that has the folder", async () => {
    const lock = await FolderLock.take(folder);
    expect(await token("create", "first")).toMatchObject({ status: 1, out: "", err: expect.stringContaining("is held by another daemon") });
    lock.release();
  });

  test("tokens cannot be listed", async () => {
    expect(await token("list")).toMatchObject({ status: 1, err: expect.stringContaining("HOTAKA_CONTROL_UNREACHABLE") });
  });
});
