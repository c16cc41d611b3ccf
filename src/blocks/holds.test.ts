import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Counters, type Database, openDatabase, silentLog, Steps, VirtualClock } from "../kit/index.ts";
import {
  type BlockPolicy,
  Blocks,
  type Decision,
  type DecisionRequest,
  DEFAULT_POLICY,
  LEDGER_MIGRATIONS,
  parseNeverBlock,
  Protection,
} from "./index.ts";

const START_MS = Date.parse("2026-11-20T10:00:00Z");
const HOUR_MS = 3_600_000;
const ANN = { by: "ann", reason: "an attack" };

let database: Database;
let clock: VirtualClock;
let counters: Counters;
let blocks: Blocks;

beforeEach(async () => {
  clock = new VirtualClock(START_MS);
  counters = new Counters();
  database = await openDatabase({ path: ":memory:", migrations: LEDGER_MIGRATIONS });
  blocks = open();
});
afterEach(() => {
  blocks.close();
  database.close();
});

function open(policy: Partial<BlockPolicy> = {}, neverBlock: readonly string[] = []): Blocks {
  const rules = rulesOf(policy, neverBlock);
  return new Blocks({ database, rules, clock, steps: new Steps(clock), log: silentLog, counters });
}

function rulesOf(policy: Partial<BlockPolicy>, neverBlock: readonly string[] = []) {
  return { policy: { ...DEFAULT_POLICY, blocksPerMinuteMax: 1, ...policy }, protection: new Protection(parseNeverBlock(neverBlock)) };
}

let rowNumber = 0;
function row(address: string): DecisionRequest {
  const asked = { address, forMs: 2 * HOUR_MS, mode: "block", reason: "flood", madeBy: "block.flood", eventTimeMs: clock.nowMs() } as const;
  return { ...asked, rowKey: `row ${++rowNumber}`, rowJson: `{"host":"${address}"}` };
}

/** The ceiling is reached by another address first. */
function hold(...addresses: readonly string[]): Decision[] {
  return blocks.decideAll([row("198.51.100.99"), ...addresses.map((address) => row(address))]).slice(1);
}

const counted = (state: string): number | undefined =>
  counters.read().find(({ name, labels }) => name === "blocks_held_answered" && labels["state"] === state)?.value;
const waiting = (): string[] => blocks.holds.list().map(({ cidr }) => cidr);

describe("a decision above the ceiling", () => {
  test("waits, and says how to approve it", () => {
    const [held] = hold("203.0.113.7");
    expect(held).toMatchObject({ outcome: "held", hold: { state: "waiting", untilMs: START_MS + HOUR_MS, forMs: 2 * HOUR_MS } });
    expect(blocks.why("203.0.113.7").sentences.slice(1)).toEqual([
      "2026-11-20T10:00:00Z #2 block.flood: 203.0.113.7 was held back, because queries asked for more than blocks_per_minute_max of 1. Reason: flood.",
      '  row {"host":"203.0.113.7"}',
      "  it waits for approval until 2026-11-20T11:00:00Z: `hotaka approve 203.0.113.7`, or reject.",
    ]);
  });

  test("waits once for each prefix, however many rows ask", () => {
    const [, again] = hold("2001:db8:bad::1", "2001:db8:bad::2");
    expect(again).toMatchObject({ outcome: "held", hold: undefined });
    expect(again?.objection).toContain("#2 waits for approval already");
    expect(waiting()).toEqual(["2001:db8:bad::/64"]);
  });

  test("is only written down when too many wait already, and is counted", () => {
    blocks.setRules(rulesOf({ heldMax: 2 }));
    hold("203.0.113.1", "203.0.113.2", "203.0.113.3");
    expect(waiting()).toEqual(["203.0.113.1/32", "203.0.113.2/32"]);
    expect(counters.read().find(({ name }) => name === "blocks_held_dropped")?.value).toBe(1);
    expect(blocks.why("203.0.113.3").sentences.join("\n")).toContain("and held_max of 2 wait already");
  });

  test("still waits after a restart", () => {
    hold("203.0.113.7");
    blocks.close();
    blocks = open();
    expect(waiting()).toEqual(["203.0.113.7/32"]);
    blocks.holds.approve("203.0.113.7", ANN);
    blocks.close();
    blocks = open();
    expect(waiting()).toEqual([]);
    expect(blocks.size).toBe(2);
  });
});

describe("approved", () => {
  test("it is blocked from now for as long as was asked, by the query that asked and the person who approved", () => {
    hold("203.0.113.7");
    clock.advanceTo(START_MS + HOUR_MS - 1);
    const [decision] = blocks.holds.approve("203.0.113.7", ANN);
    expect(decision).toMatchObject({
      outcome: "blocked",
      untilMs: START_MS + 3 * HOUR_MS - 1,
      madeBy: "block.flood",
      approvedBy: "ann",
      strikes: 1,
    });
    expect([waiting(), blocks.size, counted("approved")]).toEqual([[], 2, 1]);
    const story = blocks.why("203.0.113.7").sentences.join("\n");
    expect(story).toContain("#3 block.flood: 203.0.113.7 was blocked until 2026-11-20T12:59:59Z, approved by ann. Reason: flood.");
    expect(story).toContain("  approved 2026-11-20T10:59:59Z by ann: an attack.");
  });

  test("a prefix takes all that lies inside, and no address takes all there is", () => {
    hold("203.0.113.1", "203.0.113.2", "192.0.2.1");
    expect(blocks.holds.approve("203.0.113.0/24", ANN).map(({ cidr }) => cidr)).toEqual(["203.0.113.1/32", "203.0.113.2/32"]);
    expect(blocks.holds.approve(undefined, { ...ANN, term: { forMs: undefined } })).toMatchObject([
      { cidr: "192.0.2.1/32", untilMs: undefined },
    ]);
    expect(blocks.holds.approve(undefined, ANN)).toEqual([]);
  });

  test("it is told once as an event, as any block", () => {
    hold("203.0.113.7");
    blocks.holds.approve("203.0.113.7", ANN);
    expect(blocks.events(0, 10).map(({ decision }) => decision.outcome)).toEqual(["held", "blocked", "blocked"]);
  });

  test("does not count against the ceiling, nor is it ever too late", () => {
    blocks.setRules(rulesOf({ decisionAgeMaxMs: 1000 }));
    hold("203.0.113.1", "203.0.113.2");
    clock.advanceTo(START_MS + 120_000);
    expect(blocks.holds.approve(undefined, ANN).map(({ outcome }) => outcome)).toEqual(["blocked", "blocked"]);
    expect(blocks.decide(row("203.0.113.3")).outcome).toBe("blocked");
  });

  test("it is still refused when the block list is full", () => {
    blocks.setRules(rulesOf({ blocksMax: 1 }));
    hold("203.0.113.7");
    expect(blocks.holds.approve("203.0.113.7", ANN)).toMatchObject([
      { outcome: "held", objection: expect.stringContaining("blocks_max of 1") },
    ]);
  });
});

describe("not approved", () => {
  test("it is rejected by a person", () => {
    hold("203.0.113.7");
    expect(blocks.holds.reject("203.0.113.7", ANN)).toMatchObject([{ hold: { state: "rejected", answer: { by: "ann" } } }]);
    expect([waiting(), blocks.size, counted("rejected")]).toEqual([[], 1, 1]);
    expect(() => blocks.holds.reject("203.0.113.7", ANN)).toThrow(/Nothing about 203\.0\.113\.7 waits for approval/);
  });

  test("it is given up when nobody said anything in time", () => {
    hold("203.0.113.7");
    clock.advanceTo(START_MS + HOUR_MS);
    expect([waiting(), counted("expired")]).toEqual([[], 1]);
    expect(blocks.why("203.0.113.7").sentences.at(-1)).toBe("  given up 2026-11-20T11:00:00Z by policy: nobody approved it in time.");
  });

  test("it is overtaken by another decision that blocks it", () => {
    hold("203.0.113.7");
    clock.advanceTo(START_MS + 60_000);
    blocks.decide(row("203.0.113.7"));
    expect([waiting(), counted("overtaken")]).toEqual([[], 1]);
  });

  test("it is rejected when it has become protected", () => {
    hold("203.0.113.7");
    blocks.setRules(rulesOf({}, ["203.0.113.0/24"]));
    expect(waiting()).toEqual([]);
    expect(blocks.why("203.0.113.7").sentences.at(-1)).toContain(
      "rejected 2026-11-20T10:00:00Z by policy: 203.0.113.0/24 is on the never-block list",
    );
  });
});

test("a wave that could not be written leaves nothing behind", () => {
  hold("203.0.113.7");
  const [size, held] = [blocks.size, waiting()];
  database.exec("CREATE TRIGGER full BEFORE INSERT ON decision WHEN NEW.cidr = '192.0.2.3/32' BEGIN SELECT RAISE(ABORT, 'disk full'); END");
  blocks.setRules(rulesOf({ blocksPerMinuteMax: 2 }));
  expect(() => blocks.decideAll([row("192.0.2.1"), row("192.0.2.2"), row("192.0.2.3")])).toThrow("disk full");
  expect([blocks.size, waiting()]).toEqual([size, held]);
});
