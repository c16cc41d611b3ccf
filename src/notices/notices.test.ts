import { z } from "zod";
import { beforeEach, describe, expect, test } from "vitest";
import { NOTHING_DECIDED, openDesk } from "../../test/suites/notice_desk.ts";
import { Blocks, DEFAULT_POLICY, LEDGER_MIGRATIONS, Protection } from "../blocks/index.ts";
import type { ActionRow } from "../component/index.ts";
import { Counters, HotakaError, openDatabase, silentLog, Steps, VirtualClock } from "../kit/index.ts";
import { type Notice, type NoticeBlocks, type NoticeBounds, type NoticeChannel, noticeSettings, noticeText } from "./index.ts";

const NOW_MS = Date.parse("2026-11-20T10:00:00Z");
const SECOND_MS = 1000;
const MINUTE_MS = 60_000;

let clock: VirtualClock;
let sent: Notice[];
let failing: boolean;

beforeEach(() => {
  clock = new VirtualClock(NOW_MS);
  sent = [];
  failing = false;
});

async function desk(
  settings: unknown = {},
  wishes: { blocks?: NoticeBlocks; bounds?: Partial<NoticeBounds> } = {},
  own: Partial<NoticeChannel> = {},
) {
  const rig = await openDesk(clock, silentLog, wishes);
  const channel: NoticeChannel = {
    name: "mail to ops@example.com",
    route: "mail ** 1",
    family: "mail **",
    settings: z.strictObject(noticeSettings(z)).parse(settings),
    escalateAfterMs: undefined,
    send: async (notice) => {
      if (failing) throw new HotakaError("HOTAKA_ACTION_FAILED", "the server is down.");
      sent.push(notice);
      return "told.";
    },
    ...own,
  };
  return { ...rig, channel, ...rig.notices.open(channel) };
}

function row(host: string, more: Partial<ActionRow> = {}): ActionRow {
  return { key: `${host} ${keys++}`, query: "block.flood", timeMs: clock.nowMs(), row: { host, requests: 1200 }, ...more };
}

let keys = 0;

describe("a wave", () => {
  test("of a thousand addresses is one message, group_wait after its first row", async () => {
    const { take, pass } = await desk();
    for (let n = 0; n < 1000; n++) await take(row(`203.0.${n >> 8}.${n & 255}`));
    await pass(4 * SECOND_MS);
    expect(sent).toEqual([]);
    await pass(SECOND_MS);
    expect(sent).toMatchObject([{ id: "n1", subject: "block.flood: 203.0.0.0", rows: 1000, more: 980 }]);
    expect(sent[0]?.items).toHaveLength(20);
  });

  test("that goes on is told again group_interval later, with what is new", async () => {
    const { take, pass } = await desk();
    await take(row("203.0.113.7"));
    await pass(5 * SECOND_MS);
    for (const host of ["203.0.113.8", "203.0.113.9"]) await take(row(host));
    await pass(MINUTE_MS);
    expect(sent).toHaveLength(1);
    await pass(4 * MINUTE_MS);
    expect(sent.map(({ rows }) => rows)).toEqual([1, 2]);
  });

  test("of the same address again and again is told once in repeat_interval, and counted", async () => {
    const { take, pass, counters } = await desk();
    for (let minute = 0; minute < 60; minute++) {
      await take(row("203.0.113.7"));
      await pass(5 * SECOND_MS);
      await pass(55 * SECOND_MS);
    }
    expect(sent).toMatchObject([{ rows: 1 }]);
    expect(counters.read().find(({ name }) => name === "notices_repeated")?.value).toBe(59);
    await take(row("203.0.113.7"));
    await pass(5 * SECOND_MS);
    expect(sent).toHaveLength(2);
  });

  test("is a wave of each group, as group_by words it", async () => {
    const { take, pass } = await desk({ group_by: "${query} ${site}" });
    await take(row("203.0.113.7", { row: { host: "203.0.113.7", site: "a" } }));
    await take(row("203.0.113.7", { row: { host: "203.0.113.7", site: "b" } }));
    await pass(5 * SECOND_MS);
    expect(sent.map(({ group }) => group)).toEqual(["block.flood a", "block.flood b"]);
  });

  test("holds a row once that comes again after a crash", async () => {
    const { take, pass } = await desk();
    const same = row("203.0.113.7");
    expect(await take(same)).toBe(await take(same));
    await pass(5 * SECOND_MS);
    expect(sent).toMatchObject([{ rows: 1 }]);
  });

  test("names no more things than its bound, and counts the others", async () => {
    const { take, pass, counters } = await desk({}, { bounds: { thingsMax: 3 } });
    for (let n = 0; n < 5; n++) await take(row(`203.0.113.${n}`));
    await pass(5 * SECOND_MS);
    expect(sent).toMatchObject([{ rows: 5, more: 2 }]);
    expect(sent[0]?.items).toHaveLength(3);
    expect(counters.read().find(({ name }) => name === "notices_things_unnamed")?.value).toBe(2);
  });
});

describe("a message", () => {
  test("that cannot be sent is tried again, and is sent once", async () => {
    const { take, pass } = await desk();
    failing = true;
    await take(row("203.0.113.7"));
    await pass(5 * SECOND_MS);
    await pass(SECOND_MS);
    failing = false;
    await pass(10 * SECOND_MS);
    await pass(MINUTE_MS);
    expect(sent).toHaveLength(1);
  });

  test.each([0, 6 * SECOND_MS])(
    "that was on its way %i ms after its row when the daemon was killed is sent by the next one",
    async (afterMs) => {
      const { take, pass, restart, channel } = await desk();
      failing = true;
      await take(row("203.0.113.7"));
      await pass(afterMs);
      failing = false;
      const after = await restart();
      after.notices.open(channel);
      await after.pass(5 * SECOND_MS);
      await after.pass(MINUTE_MS);
      expect(sent).toMatchObject([{ id: "n1", rows: 1 }]);
    },
  );

  test("of a channel whose settings were changed meanwhile is sent by what it is now", async () => {
    const { take, close, pass, channel, notices } = await desk();
    await take(row("203.0.113.7"));
    notices.open({ ...channel, route: "mail ** 2", settings: z.strictObject(noticeSettings(z)).parse({ subject: "changed" }) });
    await close();
    await pass(MINUTE_MS);
    expect(sent.map(({ subject }) => subject)).toEqual(["changed"]);
  });

  test("of a channel that is gone for a day is given up and counted", async () => {
    const { take, close, pass, counters } = await desk();
    await take(row("203.0.113.7"));
    await close();
    for (let hour = 0; hour <= 25; hour++) await pass(60 * MINUTE_MS);
    expect(sent).toEqual([]);
    expect(counters.read().find(({ name }) => name === "notices_orphaned")?.value).toBe(1);
  });

  test("waits for the end of quiet hours, but for queries that are excepted", async () => {
    const { take, pass } = await desk({ quiet_hours: { from: "09:00", to: "11:00", except: "block.now" } });
    await take(row("203.0.113.7"));
    await take(row("203.0.113.8", { query: "block.now" }));
    await pass(5 * SECOND_MS);
    expect(sent.map(({ query }) => query)).toEqual(["block.now"]);
    await pass(59 * MINUTE_MS);
    expect(sent).toHaveLength(1);
    await pass(MINUTE_MS);
    expect(sent.map(({ query }) => query)).toEqual(["block.now", "block.flood"]);
  });
});

describe("what nobody acknowledges", () => {
  test("is sent once more, and says for how long", async () => {
    const { take, pass } = await desk({}, {}, { escalateAfterMs: 15 * MINUTE_MS });
    await take(row("203.0.113.7"));
    await pass(5 * SECOND_MS);
    expect(sent).toMatchObject([{ unacknowledgedMs: undefined, acknowledge: "hotaka notify ack n1" }]);
    await pass(15 * MINUTE_MS);
    expect(sent).toMatchObject([{}, { id: "n1", unacknowledgedMs: 15 * MINUTE_MS }]);
    await pass(60 * MINUTE_MS);
    expect(sent).toHaveLength(2);
  });

  test("is left alone once somebody has", async () => {
    const { take, pass, notices } = await desk({}, {}, { escalateAfterMs: 15 * MINUTE_MS });
    await take(row("203.0.113.7"));
    await pass(5 * SECOND_MS);
    expect(notices.acknowledge("n1", "me")).toBe("n1 (block.flood) is acknowledged by me.");
    expect(notices.acknowledge("n1", "you")).toBe("n1 was acknowledged by me already.");
    await pass(60 * MINUTE_MS);
    expect(sent).toHaveLength(1);
    expect(() => notices.acknowledge("n2", "me")).toThrow("There is no notice n2 that was sent.");
    expect(() => notices.acknowledge("1 OR 1", "me")).toThrow("There is no notice");
  });
});

describe("what was decided", () => {
  test("is told with how it stands at each place, and how to undo it", async () => {
    const blocks: NoticeBlocks = {
      why: (address) => ({
        ...NOTHING_DECIDED.why(address),
        inForce: [
          {
            cidr: "203.0.113.7/32",
            fromMs: NOW_MS,
            untilMs: NOW_MS + 60 * MINUTE_MS,
            reason: "flood",
            madeBy: "block.flood",
            isByPerson: false,
            decisions: 1,
            priority: 1,
            enforcement: [
              { point: "aws_network_acl", state: "enforced", why: undefined, sinceMs: NOW_MS },
              { point: "nftables", state: "failed", why: "no such table", sinceMs: NOW_MS },
            ],
          },
        ],
      }),
    };
    const { take, pass } = await desk({}, { blocks });
    await take(row("203.0.113.7"));
    await take(row("203.0.113.7"));
    await pass(5 * SECOND_MS);
    expect(noticeText(sent[0]!)).toBe(
      [
        "2 rows of block.flood at 2026-11-20T10:00:00Z.",
        "",
        "host 203.0.113.7, requests 1200 (2 times)",
        "  203.0.113.7 is blocked until 2026-11-20T11:00:00Z.",
        "  aws_network_acl: enforced.",
        "  nftables: failed: no such table.",
        "  To undo: hotaka unblock 203.0.113.7",
        "",
      ].join("\n"),
    );
    expect(sent[0]?.items[0]?.offers).toBe("unblock");
  });

  test("waits for approval, and says how to give it", async () => {
    const database = await openDatabase({ path: ":memory:", migrations: LEDGER_MIGRATIONS });
    const rules = { policy: { ...DEFAULT_POLICY, blocksPerMinuteMax: 1 }, protection: new Protection([]) };
    const blocks = new Blocks({ database, rules, clock, steps: new Steps(clock), log: silentLog, counters: new Counters() });
    const asked = ["203.0.113.1", "203.0.113.7"].map((address) => ({
      rowKey: address,
      address,
      forMs: MINUTE_MS,
      mode: "block" as const,
      reason: "flood",
      madeBy: "block.flood",
      eventTimeMs: NOW_MS,
    }));
    blocks.decideAll(asked);
    const { take, pass } = await desk({}, { blocks });
    await take(row("203.0.113.7"));
    await pass(5 * SECOND_MS);
    expect(sent[0]?.items).toMatchObject([
      {
        decided: [
          "203.0.113.7 was held back, because queries asked for more than blocks_per_minute_max of 1: flood (block.flood).",
          "It waits for approval until 2026-11-20T11:00:00Z: `hotaka approve 203.0.113.7`, or reject.",
        ],
        offers: "approve",
      },
    ]);
  });

  test("is not made up where the row names no address", async () => {
    const { take, pass } = await desk();
    await take(row("x", { row: { host: "not an address", disk: "/" } }));
    await pass(5 * SECOND_MS);
    expect(sent[0]?.items).toEqual([
      { text: "host not an address, disk /", rows: 1, address: undefined, decided: [], undo: undefined, offers: undefined },
    ]);
  });
});
