import { describe, expect, test } from "vitest";
import { batchOf, type Row, Schema } from "../../event/index.ts";
import { openStatement } from "../open.ts";
import type { Budget, Statement } from "../statement.ts";

const SCHEMA = new Schema("access", { host: "string", code: "integer", ts: "integer" });

describe("a statement whose groups are as many as it may have", () => {
  test.each(["win:time_batch(1 min)", "win:time(1 min)", "win:length(100000)"])(
    "refuses new ones at a cost that does not depend on how many stand, over %s",
    (window) => {
      const { statement } = opened(`SELECT host, count(*) AS c FROM access.${window} GROUP BY host HAVING count(*) > 1000000`, {
        groups_max: 50_000,
        events_max: 1_000_000,
        when_full: "refuse",
      });
      feed(statement, hosts("old", 50_000), 1000);
      feed(statement, hosts("new", 20_000), 1000);
      // Going through all groups for each took 10 ms an event, 200 s; the bound leaves room for a busy machine.
      expect(statement.usage()).toMatchObject({ groups: 50_000, refused: 20_000 });
    },
  );

  test("gives the place of a group that is done to a new one, as soon as it is done", () => {
    const { statement, rows } = opened("SELECT host, count(*) AS c FROM access.win:time(10 sec) GROUP BY host", {
      groups_max: 2,
      events_max: 1000,
      when_full: "refuse",
    });
    feed(statement, [{ host: "a" }], 0);
    feed(statement, [{ host: "b" }], 5000);
    feed(statement, [{ host: "c" }], 9000);
    feed(statement, [{ host: "c" }], 10_000);
    feed(statement, [{ host: "d" }], 11_000);
    feed(statement, [{ host: "d" }], 15_000);
    expect(told(rows)).toEqual(["a 1", "b 1", "a 0", "c 1", "b 0", "d 1"]);
    expect(statement.usage().refused).toBe(2);
  });

  test("still puts out a group that events have left when their place is wanted at the same instant", () => {
    const { statement, rows } = opened("SELECT host, count(*) AS c FROM access.win:ext_timed(ts, 10 sec) GROUP BY host", {
      groups_max: 1,
      events_max: 1000,
      when_full: "refuse",
    });
    feed(statement, [{ host: "a", ts: 0 }], 0);
    feed(statement, [{ host: "b", ts: 10_000 }], 1);
    feed(statement, [{ host: "b", ts: 10_001 }], 2);
    expect(told(rows)).toEqual(["a 1", "a 0", "b 1"]);
  });

  test("keeps a place for a group of the batch before, which is yet to be taken back", () => {
    const { statement, rows } = opened("SELECT host, count(*) AS c FROM access.win:time_batch(10 sec) GROUP BY host", {
      groups_max: 2,
      events_max: 1000,
      when_full: "refuse",
    });
    feed(statement, [{ host: "a" }, { host: "b" }], 0);
    feed(statement, [{ host: "c" }, { host: "a" }], 11_000);
    feed(statement, [{ host: "c" }], 21_000);
    statement.advanceTo(30_000);
    expect(told(rows)).toEqual(["a 1", "b 1", "a 1", "b 0", "c 1", "a 0"]);
    expect(statement.usage().refused).toBe(1);
  });
});

function opened(text: string, budget: Budget): { readonly statement: Statement; readonly rows: Row[] } {
  const rows: Row[] = [];
  const schemas = new Map([["access", SCHEMA]]);
  return {
    rows,
    statement: openStatement({ name: "q", text, schemas, startMs: 0, budget, sink: (delivery) => rows.push(...delivery.rows) }),
  };
}

/** Each row as its host and count. */
function told(rows: readonly Row[]): string[] {
  return rows.map(({ host, c }) => `${typeof host === "string" ? host : ""} ${Number(c)}`);
}

function hosts(prefix: string, count: number): Row[] {
  return Array.from({ length: count }, (_, index) => ({ host: `${prefix}${index}` }));
}

function feed(statement: Statement, records: readonly Row[], timeMs: number): void {
  for (let from = 0; from < records.length; from += 1000) {
    const part = records.slice(from, from + 1000);
    statement.accept(
      batchOf(
        SCHEMA,
        part,
        part.map(() => timeMs),
      ),
    );
  }
}

describe("keys of a window that make room for others", () => {
  const evicting: Budget = { groups_max: 2, events_max: 1000, when_full: "evict" };

  test.each([
    // c evicts a, which was touched before b; then a comes anew and evicts b.
    ["SELECT count(*) AS c, sum(code) AS s FROM access.std:unique(host)", ["1 1", "2 3", "2 1", "2 4", "2 9"]],
    ["SELECT host, code FROM access.std:firstunique(host)", ["a 1", "b 2", "c 4", "a 5"]],
    ["SELECT count(*) AS c, sum(code) AS s FROM access.std:groupwin(host).win:length(2)", ["1 1", "2 3", "3 3", "3 6", "2 9"]],
  ])("%s", (text, expected) => {
    const { statement, rows } = opened(text, evicting);
    const records = [
      { host: "a", code: 1 },
      { host: "b", code: 2 },
      { host: "b", code: 0 },
      { host: "c", code: 4 },
      { host: "a", code: 5 },
    ];
    const again = opened(text, evicting);
    feed(statement, records.slice(0, 3), 0);
    // The order of use is a part of what is saved.
    expect(again.statement.restore(statement.save())).toBe(true);
    feed(again.statement, records.slice(3), 1);
    const texts = [...rows, ...again.rows].map((row) =>
      Object.values(row)
        .map((value) => value as string | number)
        .join(" "),
    );
    expect(texts).toEqual(expected);
    expect(again.statement.usage()).toMatchObject({ evicted: 2, refused: 0 });
  });

  test.each([
    ["SELECT a.host FROM access.win:length(1) AS a, access.win:length(2) AS b WHERE a.host = b.host", "a join"],
    ["SELECT a.host FROM pattern [every a=access]", "a pattern"],
    ["SELECT host, count(*) FROM access.win:time(1 min) GROUP BY host OUTPUT LAST EVERY 1 min", "OUTPUT"],
    ["SELECT host FROM access.std:unique(host).win:time(1 min)", "a window of keys beside another window"],
    ["SELECT size, count(*) FROM access.win:time(1 min).std:size() GROUP BY size", "GROUP BY over a view that derives values"],
  ])("are refused when it is registered where something else would go on holding them: %s", (text, what) => {
    expect(() => opened(text, evicting)).toThrow(
      `its budget says "when_full: evict", and with ${what} no group can make room for another. Give it a budget with "when_full: refuse".`,
    );
  });
});
