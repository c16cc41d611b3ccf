import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { Counters, type Database, openDatabase, silentLog, Steps, VirtualClock } from "../kit/index.ts";
import { Blocks, type DecisionRequest, DEFAULT_POLICY, LEDGER_MIGRATIONS, type LedgerSearch, Protection } from "./index.ts";

const START_MS = Date.parse("2026-11-20T10:00:00Z");
const MINUTE_MS = 60_000;

let database: Database;
let clock: VirtualClock;
let blocks: Blocks;

beforeEach(async () => {
  clock = new VirtualClock(START_MS);
  database = await openDatabase({ path: ":memory:", migrations: LEDGER_MIGRATIONS });
  const rules = { policy: { ...DEFAULT_POLICY, blocksPerMinuteMax: 1_000_000 }, protection: new Protection([]) };
  blocks = new Blocks({ database, rules, clock, steps: new Steps(clock), log: silentLog, counters: new Counters() });
});
afterEach(() => {
  blocks.close();
  database.close();
});

let rowNumber = 0;
function decide(address: string, change: Partial<DecisionRequest> = {}): void {
  const asked = {
    rowKey: `row ${++rowNumber}`,
    address,
    forMs: MINUTE_MS,
    mode: "block",
    reason: "a flood",
    madeBy: "block.flood",
  } as const;
  blocks.decide({ ...asked, eventTimeMs: clock.nowMs(), ...change });
  clock.advanceTo(clock.nowMs() + MINUTE_MS);
}

const found = (search: Partial<LedgerSearch> & { readonly address?: string }): string[] =>
  blocks.search({ limit: 100, ...search }).decisions.map(({ cidr }) => cidr);

describe("a search of the ledger", () => {
  beforeEach(() => {
    decide("203.0.113.7", { rowJson: '{"path":"/wp-login.php"}' });
    decide("203.0.113.8", { mode: "detect", madeBy: "detect.scan" });
    decide("2001:db8:bad::7", { reason: "100% of 500_000" });
    decide("10.0.0.1");
  });

  test("finds everything, the newest first, also what is over or was refused", () => {
    expect(found({})).toEqual(["10.0.0.1/32", "2001:db8:bad::/64", "203.0.113.8/32", "203.0.113.7/32"]);
  });

  test("finds by address what is about it, what holds it and what lies inside", () => {
    expect(found({ address: "2001:db8:bad::99" })).toEqual(["2001:db8:bad::/64"]);
    expect(found({ address: "203.0.113.0/24" })).toEqual(["203.0.113.8/32", "203.0.113.7/32"]);
    expect(found({ address: "0.0.0.0/0" })).toEqual(["10.0.0.1/32", "203.0.113.8/32", "203.0.113.7/32"]);
    expect(found({ address: "2001::/16" })).toEqual(["2001:db8:bad::/64"]);
    expect(() => found({ address: "nobody" })).toThrow(/"nobody" is not an address/);
  });

  test.each<[Partial<LedgerSearch>, string[]]>([
    [{ madeBy: "detect.scan" }, ["203.0.113.8/32"]],
    [{ mode: "detect" }, ["203.0.113.8/32"]],
    [{ outcome: "refused" }, ["10.0.0.1/32"]],
    [{ text: "WP-Login" }, ["203.0.113.7/32"]],
    [{ text: "rfc 1918" }, ["10.0.0.1/32"]],
    [{ text: "100% of 500_" }, ["2001:db8:bad::/64"]],
    [{ text: "1_0%" }, []],
    [{ sinceMs: START_MS + MINUTE_MS, beforeMs: START_MS + 3 * MINUTE_MS }, ["2001:db8:bad::/64", "203.0.113.8/32"]],
    [{ madeBy: "block.flood", text: "flood", sinceMs: START_MS + 1 }, ["10.0.0.1/32", "2001:db8:bad::/64"]],
  ])("with %j finds %j", (search, cidrs) => {
    expect(found(search)).toEqual(cidrs);
  });

  test("goes on page by page", () => {
    const first = blocks.search({ limit: 3 });
    expect(first.decisions).toHaveLength(3);
    const second = blocks.search({ limit: 3, belowId: first.next! });
    expect(second).toMatchObject({ decisions: [{ cidr: "203.0.113.7/32" }], next: undefined });
  });
});

test("a search for text reads a bounded number of decisions at a time and says where to go on", () => {
  const insert = `INSERT INTO decision (cidr, first, mode, outcome, reason, made_by, decided_ms)
    WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 45000)
    SELECT '203.0.113.7/32', '4:cb007107', 'detect', 'detected', CASE i WHEN 1 THEN 'needle' ELSE 'hay' END, 'q', ${START_MS} FROM n`;
  database.exec(insert);
  let page = blocks.search({ limit: 10, text: "needle" });
  let pages = 1;
  while (page.next !== undefined) {
    expect(page.decisions).toEqual([]);
    page = blocks.search({ limit: 10, text: "needle", belowId: page.next });
    pages++;
  }
  expect([page.decisions.length, pages]).toEqual([1, 5]);
});
