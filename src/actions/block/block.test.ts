import { z } from "zod";
import { describe, expect, test } from "vitest";
import { describeAction } from "../../../test/suites/action_suite.ts";
import { Blocks, DEFAULT_POLICY, LEDGER_MIGRATIONS, Protection } from "../../blocks/index.ts";
import type { Action, ActionRow } from "../../component/index.ts";
import type { Row } from "../../event/index.ts";
import { type Clock, Counters, openDatabase, silentLog, Steps, VirtualClock } from "../../kit/index.ts";
import { block } from "./block.ts";

const START_MS = 1_763_632_800_000;

async function openBlocks(clock: Clock): Promise<Blocks> {
  const database = await openDatabase({ path: ":memory:", migrations: LEDGER_MIGRATIONS });
  const rules = { policy: DEFAULT_POLICY, protection: new Protection([]) };
  return new Blocks({ database, rules, clock, steps: new Steps(clock), log: silentLog, counters: new Counters() });
}

function rowOf(row: Row): ActionRow {
  return { key: "block.access 1", query: "block.access", timeMs: START_MS, row };
}

describeAction("block", async (_, clock) => {
  const blocks = await openBlocks(clock);
  return {
    definition: block,
    settings: { address: "host" },
    row: rowOf({ host: "203.0.113.7" }),
    complete: (context) => ({ ...context, blocks }),
    effects: () => blocks.why("0.0.0.0/0").decisions,
  };
});

async function perform(settings: unknown, row: Row): Promise<{ said: string; blocks: Blocks; counters: Counters }> {
  const { action, blocks, counters } = await opened(settings);
  return { said: await action.perform(rowOf(row)), blocks, counters };
}

async function opened(settings: unknown): Promise<{ action: Action; blocks: Blocks; counters: Counters }> {
  const clock = new VirtualClock(START_MS);
  const [blocks, counters] = [await openBlocks(clock), new Counters()];
  const context = {
    name: "actions[0] (block)",
    route: "block block.** 5f0c1a9e",
    family: "block block.**",
    folder: "/",
    dryRun: false,
    clock,
    steps: new Steps(clock),
    log: silentLog,
    counters,
    blocks,
  };
  const action = await block.open(block.config(z).parse(settings), context);
  return { action, blocks, counters };
}

describe("the block action", () => {
  test("blocks the address in the field of the settings, for as long and with the reason that they say", async () => {
    const settings = { address: "src", for: "10 min", reason: "${requests} requests" };
    const { said, blocks } = await perform(settings, { src: "2001:db8:bad::7", requests: 1200 });
    expect(said).toBe("2001:db8:bad::/64 was blocked until 2025-11-20T10:10:00Z: 1200 requests (block.access).");
    expect(blocks.list()).toMatchObject([{ cidr: "2001:db8:bad::/64", untilMs: START_MS + 600_000, reason: "1200 requests" }]);
    expect(blocks.why("2001:db8:bad::7").decisions).toMatchObject([{ rowJson: '{"src":"2001:db8:bad::7","requests":1200}' }]);
  });

  test("decides on a wave as on each of its rows, with one that cannot be used among them", async () => {
    const { blocks, action } = await opened({});
    const hosts = ["203.0.113.7", "nobody", "203.0.113.8", "10.0.0.1"];
    const rows = hosts.map((host, index) => ({ ...rowOf({ host }), key: `k${index}` }));
    expect(await action.performAll?.(rows)).toEqual([
      expect.stringContaining("203.0.113.7 was blocked"),
      expect.stringContaining('nothing was blocked by a row of block.access: "nobody" is not an address'),
      expect.stringContaining("203.0.113.8 was blocked"),
      expect.stringContaining("10.0.0.1 was not blocked"),
    ]);
    expect(blocks.size).toBe(2);
  });

  test("of mode detect writes down and blocks nothing", async () => {
    const { said, blocks } = await perform({ mode: "detect" }, { host: "203.0.113.7" });
    expect(said).toBe("203.0.113.7 was detected; nothing was done, as the mode is detect: block.access.");
    expect(blocks.size).toBe(0);
  });

  test("says why a protected address was not blocked", async () => {
    const { said } = await perform({}, { host: "192.168.1.254" });
    expect(said).toBe("192.168.1.254 was not blocked, because 192.168.0.0/16 is never blocked: it is private (RFC 1918): block.access.");
  });

  test.each<[Row, string]>([
    [{ path: "/" }, 'field "host" with an address was wanted; fields path was found.'],
    [{ host: null }, 'field "host" with an address was wanted; null in host was found.'],
    [{ host: 7 }, 'field "host" with an address was wanted; number in host was found.'],
    [{ host: "evil.example\u001B[2J" }, '"evil.example\uFFFD[2J" is not an address'],
  ])("counts %j as unusable and does not ask for it to be tried again", async (row, sentence) => {
    const { said, blocks, counters } = await perform({}, row);
    expect(said).toContain(`nothing was blocked by a row of block.access: ${sentence}`);
    expect(blocks.size).toBe(0);
    expect(counters.read()).toMatchObject([{ name: "block_rows_unusable", value: 1 }]);
  });
});
