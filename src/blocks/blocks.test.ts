import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Counters, type Database, HotakaError, openDatabase, silentLog, Steps, VirtualClock } from "../kit/index.ts";
import {
  Blocks,
  type DecisionRequest,
  DEFAULT_POLICY,
  LEDGER_MIGRATIONS,
  type LedgerBounds,
  parseNeverBlock,
  Protection,
  type Rules,
} from "./index.ts";

const START_MS = Date.parse("2026-11-20T10:00:00Z");
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let folder: string;
let database: Database;
let clock: VirtualClock;
let steps: Steps;
let counters: Counters;
let blocks: Blocks;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "hotaka-blocks-"));
  clock = new VirtualClock(START_MS);
  steps = new Steps(clock);
  counters = new Counters();
  database = await openDatabase({ path: join(folder, "blocks.db"), migrations: LEDGER_MIGRATIONS });
  blocks = open();
});
afterEach(() => {
  blocks.close();
  database.close();
  rmSync(folder, { recursive: true, force: true });
});

function open(rules: Rules = rulesOf([]), keep: Partial<LedgerBounds> = {}): Blocks {
  return new Blocks({ database, rules, clock, steps, log: silentLog, counters, keep });
}

function rulesOf(neverBlock: readonly string[], policy: Partial<typeof DEFAULT_POLICY> = {}): Rules {
  return { policy: { ...DEFAULT_POLICY, ...policy }, protection: new Protection(parseNeverBlock(neverBlock)) };
}

/** A daemon that ends and starts again on the same file. */
async function restart(rules?: Rules): Promise<void> {
  blocks.close();
  database.close();
  database = await openDatabase({ path: join(folder, "blocks.db"), migrations: LEDGER_MIGRATIONS });
  blocks = open(rules);
}

let rowNumber = 0;
function row(address: string, change: Partial<DecisionRequest> = {}): DecisionRequest {
  return {
    rowKey: `row ${++rowNumber}`,
    address,
    forMs: HOUR_MS,
    mode: "block",
    reason: "1,000 requests in a minute",
    madeBy: "block.access",
    eventTimeMs: clock.nowMs(),
    ...change,
  };
}

const shown = (): string[] => [...blocks.inForce()].map(({ cidr }) => cidr).toSorted();
const counted = (name: string): number =>
  counters
    .read()
    .filter((reading) => reading.name === name)
    .reduce((sum, { value }) => sum + value, 0);

describe("who comes back", () => {
  /** The term of a block by a row made now, in hours; time goes on to its end. */
  function hoursOf(address: string): number {
    const { untilMs } = blocks.decide(row(address));
    const hours = ((untilMs ?? 0) - clock.nowMs()) / HOUR_MS;
    clock.advanceTo(untilMs ?? 0);
    return hours;
  }

  test("is blocked for longer each time, also after a restart, and is forgiven with time", async () => {
    expect([hoursOf("203.0.113.7"), hoursOf("203.0.113.7")]).toEqual([1, 2]);
    await restart();
    expect([hoursOf("203.0.113.7"), hoursOf("203.0.113.8")]).toEqual([4, 1]);
    clock.advanceTo(clock.nowMs() + 14 * 24 * HOUR_MS);
    expect(hoursOf("203.0.113.7")).toBe(2);
  });

  test("is known by the prefix that was blocked", () => {
    expect([hoursOf("2001:db8:bad::7"), hoursOf("2001:db8:bad::8")]).toEqual([1, 2]);
    expect(blocks.why("2001:db8:bad::9").sentences).toContain("2 strikes against it are not forgiven yet.");
  });

  test("is told of in the story", () => {
    hoursOf("203.0.113.7");
    blocks.decide(row("203.0.113.7"));
    const { strikes, sentences } = blocks.why("203.0.113.7");
    expect(strikes).toBe(2);
    expect(sentences).toContain("2 strikes against it are not forgiven yet.");
    expect(sentences.join("\n")).toContain("203.0.113.7 was blocked until 2026-11-20T13:00:00Z (strike 2)");
  });

  test("has no further strike while the block stands, but starts its term anew", () => {
    blocks.decide(row("203.0.113.7"));
    clock.advanceTo(START_MS + 30 * MINUTE_MS);
    expect(blocks.decide(row("203.0.113.7"))).toMatchObject({ outcome: "extended", strikes: 1, untilMs: START_MS + 90 * MINUTE_MS });
  });

  test("has no strike by a block that was taken back, by a person's block, or by what was only detected", () => {
    blocks.decide(row("203.0.113.7"));
    blocks.unblock("203.0.113.7", { by: "me", reason: "our own crawler" });
    blocks.block("203.0.113.7", { forMs: MINUTE_MS, reason: "a test", by: "me" });
    clock.advanceTo(START_MS + HOUR_MS);
    blocks.decide(row("203.0.113.7", { mode: "detect" }));
    expect(hoursOf("203.0.113.7")).toBe(1);
  });
});

describe("a decision", () => {
  test("is in force from now until its end, on the clock", () => {
    blocks.decide(row("203.0.113.7"));
    blocks.decide(row("203.0.113.8", { forMs: 2 * HOUR_MS }));
    clock.advanceTo(START_MS + HOUR_MS - 1);
    expect(shown()).toEqual(["203.0.113.7/32", "203.0.113.8/32"]);
    clock.advanceTo(START_MS + HOUR_MS);
    expect(shown()).toEqual(["203.0.113.8/32"]);
    clock.advanceTo(START_MS + 2 * HOUR_MS);
    expect(shown()).toEqual([]);
    expect(counted("blocks_expired")).toBe(2);
  });

  test("is in force again after a restart, unless it ended meanwhile", async () => {
    blocks.decide(row("203.0.113.7"));
    blocks.decide(row("2001:db8:bad::7", { forMs: 2 * HOUR_MS }));
    blocks.decide(row("203.0.113.9", { forMs: undefined }));
    clock.advanceTo(START_MS + HOUR_MS);
    await restart();
    expect(shown()).toEqual(["2001:db8:bad::/64", "203.0.113.9/32"]);
    clock.advanceTo(START_MS + 2 * HOUR_MS);
    expect(shown()).toEqual(["203.0.113.9/32"]);
  });

  test("is made once for a row, however often the row comes", async () => {
    const again = row("203.0.113.7");
    const first = blocks.decide(again);
    await restart();
    clock.advanceTo(START_MS + MINUTE_MS);
    expect(blocks.decide(again)).toEqual(first);
    expect(counted("blocks_decided")).toBe(1);
  });

  test("about an address in force makes its block longer, never shorter, and no second one", async () => {
    blocks.decide(row("203.0.113.7"));
    blocks.decide(row("203.0.113.7", { forMs: 3 * HOUR_MS, madeBy: "block.login" }));
    expect(blocks.decide(row("203.0.113.7", { forMs: MINUTE_MS })).outcome).toBe("extended");
    const expected = { cidr: "203.0.113.7/32", fromMs: START_MS, untilMs: START_MS + 3 * HOUR_MS, decisions: 3 };
    expect(blocks.list()).toMatchObject([expected]);
    await restart();
    expect(blocks.list()).toMatchObject([expected]);
  });

  test("of mode detect is written down and blocks nothing", () => {
    expect(blocks.decide(row("203.0.113.7", { mode: "detect" })).outcome).toBe("detected");
    expect(shown()).toEqual([]);
    expect(blocks.why("203.0.113.7").decisions).toHaveLength(1);
  });

  test("that was refused, too late or held is written down with its reason and blocks nothing", async () => {
    await restart(rulesOf(["203.0.113.7"], { blocksPerMinuteMax: 1 }));
    const outcomes = [
      blocks.decide(row("203.0.113.7")),
      blocks.decide(row("203.0.113.8", { eventTimeMs: START_MS - 2 * HOUR_MS })),
      blocks.decide(row("203.0.113.9")),
      blocks.decide(row("203.0.113.10")),
    ].map(({ outcome }) => outcome);
    expect(outcomes).toEqual(["refused", "too_late", "blocked", "held"]);
    await restart();
    expect(shown()).toEqual(["203.0.113.9/32"]);
    expect(blocks.why("203.0.113.10").decisions).toMatchObject([
      { outcome: "held", objection: expect.stringContaining("blocks_per_minute_max") },
    ]);
    clock.advanceTo(START_MS + MINUTE_MS);
    expect(blocks.decide(row("203.0.113.10")).outcome).toBe("blocked");
  });

  test("considered is not made", () => {
    expect(blocks.consider(row("203.0.113.7")).outcome).toBe("blocked");
    expect([shown(), blocks.why("203.0.113.7").decisions]).toEqual([[], []]);
  });

  test("about something that is no address is refused with what was found", () => {
    expect(() => blocks.decide(row("-"))).toThrow('"-" is not an address');
    expect(() => blocks.decide(row("evil\u001B[2J"))).toThrow('"evil\uFFFD[2J" is not an address');
  });

  test("cannot carry control characters or a row without end into the ledger", () => {
    const decision = blocks.decide(
      row("203.0.113.7", { reason: "a\r\n\0b".repeat(300), rowJson: JSON.stringify({ agent: "x".repeat(50_000) }) }),
    );
    expect(decision.reason).toMatch(/^a\uFFFD{3}b.*…$/);
    expect(decision.reason).toHaveLength(500);
    expect(JSON.parse(decision.rowJson ?? "")).toHaveProperty("cut");
    expect(blocks.why("203.0.113.7").decisions).toEqual([decision]);
  });
});

describe("a person", () => {
  test("blocks with a reason and an end, or for good", () => {
    blocks.block("203.0.113.0/25", { forMs: undefined, reason: "scanner", by: "operator" });
    clock.advanceTo(START_MS + 1000 * HOUR_MS);
    expect(shown()).toEqual(["203.0.113.0/25"]);
  });

  test("comes before any query where room is short", () => {
    blocks.block("203.0.113.1", { forMs: HOUR_MS, reason: "scanner", by: "operator" });
    for (let time = 0; time < 50; time++) blocks.decide(row("203.0.113.2"));
    const [first, second] = [...blocks.inForce()].toSorted((a, b) => b.priority - a.priority);
    expect([first?.cidr, second?.cidr]).toEqual(["203.0.113.1/32", "203.0.113.2/32"]);
  });

  test("is told what protects an address, and the wish is written down", () => {
    expect(() => blocks.block("192.168.1.254", { forMs: HOUR_MS, reason: "x", by: "operator" })).toThrow(
      "192.168.1.254 was not blocked: 192.168.0.0/16 is never blocked: it is private (RFC 1918).",
    );
    expect(blocks.why("192.168.1.254").decisions).toMatchObject([{ outcome: "refused", madeBy: "operator" }]);
  });
});

describe("an unblock", () => {
  test("takes back every decision behind the block and stays so after a restart", async () => {
    const rows = [row("203.0.113.7"), row("203.0.113.7")];
    for (const each of rows) blocks.decide(each);
    const lifted = blocks.unblock("203.0.113.7", { by: "operator", reason: "our office" });
    expect(lifted.map((decision) => decision.lifted)).toEqual(rows.map(() => ({ atMs: START_MS, by: "operator", reason: "our office" })));
    expect(shown()).toEqual([]);
    await restart();
    expect(shown()).toEqual([]);
  });

  test("holds against the row that blocked, and not against a new one", () => {
    const old = row("203.0.113.7");
    blocks.decide(old);
    blocks.unblock("203.0.113.7", { by: "operator", reason: "our office" });
    expect(blocks.decide(old).lifted).toBeDefined();
    expect(shown()).toEqual([]);
    blocks.decide(row("203.0.113.7"));
    expect(shown()).toEqual(["203.0.113.7/32"]);
  });

  test("of an address takes back the prefixes that hold it; of a prefix, what is inside it", () => {
    blocks.decide(row("2001:db8:bad::7"));
    blocks.decide(row("203.0.113.7"));
    blocks.decide(row("203.0.113.9"));
    blocks.decide(row("198.51.100.1"));
    expect(blocks.unblock("2001:db8:bad::99", { by: "operator", reason: "x" })).toHaveLength(1);
    expect(blocks.unblock("203.0.113.0/28", { by: "operator", reason: "x" })).toHaveLength(2);
    expect(shown()).toEqual(["198.51.100.1/32"]);
  });

  test("of what is not blocked says so", () => {
    expect(() => blocks.unblock("203.0.113.7", { by: "operator", reason: "x" })).toThrow(HotakaError);
    expect(() => blocks.unblock("203.0.113.7", { by: "operator", reason: "x" })).toThrow("203.0.113.7 is not blocked, so there is nothing");
  });
});

describe("other rules", () => {
  test("lift what has become protected, and are heeded by the next decision", () => {
    blocks.decide(row("203.0.113.7"));
    blocks.decide(row("198.51.100.0/24"));
    blocks.setRules(rulesOf(["198.51.100.9"]));
    expect(shown()).toEqual(["203.0.113.7/32"]);
    expect(blocks.why("198.51.100.9").decisions[0]?.lifted).toMatchObject({
      by: "policy",
      reason: "198.51.100.9 is on the never-block list",
    });
    expect(blocks.decide(row("198.51.100.9")).outcome).toBe("refused");
  });

  test("lift at the start what became protected while nothing ran", async () => {
    blocks.decide(row("203.0.113.7"));
    await restart(rulesOf(["203.0.113.0/24"]));
    expect(shown()).toEqual([]);
  });
});

test("listeners hear of what comes into force and of what ends, and of nothing else", () => {
  let heard = 0;
  const stop = blocks.onChange(() => heard++);
  blocks.decide(row("203.0.113.7"));
  expect(heard).toBe(1);
  blocks.decide(row("203.0.113.8", { mode: "detect" }));
  blocks.decide(row("10.0.0.1"));
  expect(heard).toBe(1);
  clock.advanceTo(START_MS + HOUR_MS);
  expect(heard).toBe(2);
  stop();
  blocks.decide(row("203.0.113.7"));
  expect(heard).toBe(2);
});

describe("how a decision came out", () => {
  type State = "enforced" | "pending" | "over_capacity" | "failed";
  let states: Record<string, State | undefined>;

  /** Enforcement points that say of every block what `states` has of them. */
  function attach(...points: string[]): void {
    states = {};
    for (const name of points) {
      blocks.attach({
        name,
        stateOf: () => {
          const state = states[name];
          return state === undefined ? undefined : { state, why: state === "failed" ? "it is down" : undefined, sinceMs: START_MS };
        },
      });
    }
  }

  const told = (): string[] =>
    blocks.events(0, 100).map(({ decision, status, enforcement, detail }) => `#${decision.id} ${status}, ${enforcement}: ${detail}`);

  test("is told once every enforcement point has said so, and stays so", () => {
    attach("nftables", "acl");
    blocks.decide(row("203.0.113.7"));
    states = { nftables: "enforced" };
    blocks.observed();
    expect(told()).toEqual([]);
    states["acl"] = "over_capacity";
    blocks.observed();
    states["acl"] = "failed";
    blocks.observed();
    expect(told()).toEqual(["#1 blocked, partly enforced: nftables: enforced; acl: over capacity"]);
  });

  test("is told with what is known when an enforcement point says nothing for ten seconds", () => {
    attach("nftables", "acl");
    blocks.decide(row("203.0.113.7"));
    states = { acl: "failed" };
    clock.advanceTo(START_MS + 9_999);
    expect(told()).toEqual([]);
    clock.advanceTo(START_MS + 10_000);
    expect(told()).toEqual(["#1 failed to block, pending: nftables: pending; acl: failed: it is down"]);
  });

  test("is told at once where there is nothing to wait for", () => {
    blocks.decide(row("203.0.113.7"));
    blocks.decide(row("203.0.113.8", { mode: "detect" }));
    blocks.decide(row("10.0.0.1"));
    expect(told()).toEqual([
      "#1 failed to block, none: no enforcement point is set up",
      "#2 detected, none: the mode is detect, so nothing was done",
      "#3 failed to block, none: 10.0.0.0/8 is never blocked: it is private (RFC 1918)",
    ]);
    expect(blocks.events(2, 100).map(({ seq }) => seq)).toEqual([3]);
    expect(blocks.lastEventSeq).toBe(3);
    blocks.decide(row("203.0.113.9"));
    expect(blocks.lastEventSeq).toBe(4);
  });

  test("is told of a block that was taken back before anyone could enforce it", () => {
    attach("nftables");
    blocks.decide(row("203.0.113.7"));
    blocks.unblock("203.0.113.7", { by: "operator", reason: "mistake" });
    blocks.observed();
    expect(told()).toEqual(["#1 failed to block, none: it ended or was taken back before it was enforced"]);
  });

  test("is told after a restart of what was decided before, once", async () => {
    attach("nftables");
    blocks.decide(row("203.0.113.7"));
    await restart();
    attach("nftables");
    states = { nftables: "enforced" };
    blocks.observed();
    await restart();
    blocks.observed();
    expect(told()).toEqual(["#1 blocked, enforced: nftables: enforced"]);
    expect(blocks.lastEventSeq).toBe(1);
  });

  test("is heard of by those who listen", () => {
    let heard = 0;
    const stop = blocks.onEvents(() => heard++);
    blocks.decide(row("203.0.113.7"));
    blocks.decide(row("203.0.113.8", { mode: "detect" }));
    stop();
    blocks.decide(row("203.0.113.9", { mode: "detect" }));
    expect(heard).toBe(2);
  });
});

describe("why", () => {
  test("tells how an address stands, where it is enforced, what was decided by which row, and what was taken back", () => {
    blocks.attach({ name: "table blocked", stateOf: () => ({ state: "enforced", why: undefined, sinceMs: START_MS }) });
    blocks.attach({ name: "acl-1", stateOf: () => ({ state: "over_capacity", why: "it holds 18", sinceMs: START_MS }) });
    blocks.decide(row("2001:db8:bad::7", { rowJson: '{"host":"2001:db8:bad::7","requests":1200}' }));
    blocks.unblock("2001:db8:bad::7", { by: "operator", reason: "a mistake" });
    clock.advanceTo(START_MS + MINUTE_MS);
    blocks.decide(row("2001:db8:bad::8"));
    expect(blocks.why("2001:db8:bad::7").sentences).toEqual([
      "2001:db8:bad::/64 is blocked since 2026-11-20T10:01:00Z, for another 1h: 1,000 requests in a minute (block.access).",
      "  table blocked: enforced.",
      "  acl-1: over capacity: it holds 18.",
      "2026-11-20T10:01:00Z #2 block.access: 2001:db8:bad::/64 was blocked until 2026-11-20T11:01:00Z. Reason: 1,000 requests in a minute.",
      "2026-11-20T10:00:00Z #1 block.access: 2001:db8:bad::/64 was blocked until 2026-11-20T11:00:00Z. Reason: 1,000 requests in a minute.",
      '  row {"host":"2001:db8:bad::7","requests":1200}',
      "  taken back 2026-11-20T10:00:00Z by operator: a mistake.",
    ]);
  });

  test("tells of an address that nobody ever heard of, and what protects it", () => {
    expect(blocks.why("10.0.0.1").sentences).toEqual([
      "10.0.0.1 is not blocked.",
      "It is protected: 10.0.0.0/8 is never blocked: it is private (RFC 1918).",
      "Nothing was ever decided about 10.0.0.1.",
    ]);
  });

  test("finds the decisions about prefixes that hold the address and about addresses inside a prefix", () => {
    blocks.decide(row("203.0.113.0/24"));
    blocks.decide(row("203.0.113.7", { mode: "detect" }));
    blocks.decide(row("203.0.114.7"));
    blocks.decide(row("203.0.113.255"));
    const found = (address: string): string[] => blocks.why(address).decisions.map(({ cidr }) => cidr);
    expect(found("203.0.113.7")).toEqual(["203.0.113.7/32", "203.0.113.0/24"]);
    expect(found("203.0.113.128/25")).toEqual(["203.0.113.255/32", "203.0.113.0/24"]);
    expect(found("203.0.113.4/30")).toEqual(["203.0.113.7/32", "203.0.113.0/24"]);
    expect(found("203.0.112.0/22")).toEqual(["203.0.113.255/32", "203.0.114.7/32", "203.0.113.7/32", "203.0.113.0/24"]);
  });
});

describe("the ledger", () => {
  test("forgets what is old or beyond its number, a part at a time, and never what is in force", async () => {
    blocks.close();
    blocks = open(rulesOf([]), { decisionsMax: 3, ageMaxMs: 24 * HOUR_MS });
    blocks.decide(row("203.0.113.1", { forMs: undefined }));
    for (let host = 2; host <= 5; host++) blocks.decide(row(`203.0.113.${host}`, { mode: "detect" }));
    const kept = (): string[] => blocks.why("203.0.113.0/24").decisions.map(({ cidr }) => cidr);
    clock.advanceTo(START_MS + MINUTE_MS);
    await setImmediate();
    expect(kept()).toEqual(["203.0.113.5/32", "203.0.113.4/32", "203.0.113.3/32", "203.0.113.1/32"]);
    for (const laterMs of [0, MINUTE_MS]) {
      clock.advanceTo(START_MS + 25 * HOUR_MS + laterMs);
      await setImmediate();
    }
    expect(kept()).toEqual(["203.0.113.1/32"]);
    expect(counted("blocks_decisions_forgotten")).toBe(4);
  });
});
