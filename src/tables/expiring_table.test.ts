import { beforeEach, describe, expect, test } from "vitest";
import { Counters, VirtualClock } from "../kit/index.ts";
import { type ExpiringTable, type TableEntry, Tables } from "./index.ts";

let clock: VirtualClock;
let counters: Counters;
let table: ExpiringTable;

beforeEach(() => {
  clock = new VirtualClock(1000);
  counters = new Counters();
  table = new Tables({ clock, counters }).open("blocked", 3);
});

const entry = (key: string, untilMs?: number, value = "1"): TableEntry => ({ key, value, untilMs, owner: "blocks" });
const counted = (name: string): number | undefined => counters.read().find((reading) => reading.name === name)?.value;

describe("a table", () => {
  test("finds an entry by its key, an address in any of its spellings", () => {
    table.set(entry("203.0.113.7"));
    table.set(entry("2001:DB8::0:1"));
    table.set(entry("user 7"));
    expect(table.get("203.0.113.7/32")?.key).toBe("203.0.113.7/32");
    expect(table.get("::ffff:203.0.113.7")?.key).toBe("203.0.113.7/32");
    expect(table.get("2001:db8::1")?.key).toBe("2001:db8::1/128");
    expect(table.get("user 7")?.key).toBe("user 7");
    expect(table.get("203.0.113.8")).toBeUndefined();
  });

  test("finds the longest prefix that holds an address", () => {
    table.set(entry("203.0.113.0/24", undefined, "wide"));
    table.set(entry("203.0.113.0/28", undefined, "narrow"));
    expect([table.holding("203.0.113.7")?.value, table.holding("203.0.113.99")?.value]).toEqual(["narrow", "wide"]);
    expect([table.holding("203.0.114.1"), table.holding("user 7")]).toEqual([undefined, undefined]);
    table.delete("203.0.113.0/28");
    expect(table.holding("203.0.113.7")?.value).toBe("wide");
  });

  test("lets an entry go at its end, whether asked or not", () => {
    table.set(entry("203.0.113.7", 2000));
    table.set(entry("203.0.113.8", 3000));
    clock.advanceTo(1999);
    expect(table.size).toBe(2);
    clock.advanceTo(2000);
    expect(counted("tables_entries_expired")).toBe(1);
    expect([table.holding("203.0.113.7"), table.get("203.0.113.7")]).toEqual([undefined, undefined]);
    clock.advanceTo(3000);
    expect(table.entries()).toEqual([]);
  });

  test("goes by the last end that was set", () => {
    table.set(entry("203.0.113.7", 2000));
    table.set(entry("203.0.113.7", 5000));
    table.set(entry("203.0.113.8", 5000));
    table.set(entry("203.0.113.8", undefined));
    clock.advanceTo(4999);
    expect(table.size).toBe(2);
    clock.advanceTo(5000);
    expect(table.entries().map(({ key }) => key)).toEqual(["203.0.113.8/32"]);
  });

  test("refuses and counts what is new when it is full, and still takes changes of what stands", () => {
    for (const host of [1, 2, 3]) expect(table.set(entry(`203.0.113.${host}`, 2000))).toBe(true);
    expect(table.set(entry("203.0.113.4"))).toBe(false);
    expect(table.set(entry("203.0.113.3", 9000))).toBe(true);
    expect(counted("tables_entries_refused")).toBe(1);
    clock.advanceTo(2000);
    expect(table.set(entry("203.0.113.4"))).toBe(true);
  });

  test("knows how many entries each owner has", () => {
    table.set(entry("203.0.113.7", 2000));
    table.set(entry("203.0.113.8"));
    table.set({ ...entry("203.0.113.8"), owner: "proxy" });
    expect([table.countOf("blocks"), table.countOf("proxy"), table.countOf("nobody")]).toEqual([1, 1, 0]);
    clock.advanceTo(2000);
    table.delete("203.0.113.8");
    table.delete("203.0.113.8");
    expect([table.countOf("blocks"), table.countOf("proxy")]).toEqual([0, 0]);
  });

  test("takes neither what has ended already nor a key beyond its bound", () => {
    expect(table.set(entry("203.0.113.7", 1000))).toBe(false);
    expect(table.set(entry("x".repeat(251)))).toBe(false);
    expect(table.size).toBe(0);
  });
});

test("tables are found by name, and one that is opened again keeps its entries", () => {
  const tables = new Tables({ clock, counters });
  tables.open("blocked", 1).set(entry("203.0.113.7"));
  expect(tables.open("blocked", 2).set(entry("203.0.113.8"))).toBe(true);
  expect(tables.get("blocked")?.size).toBe(2);
  expect([tables.names(), tables.get("allowed")]).toEqual([["blocked"], undefined]);
});
