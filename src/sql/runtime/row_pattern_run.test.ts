import { describe, expect, test } from "vitest";
import { batchOf, type Row, Schema } from "../../event/index.ts";
import { openStatement } from "../open.ts";
import { type Budget, DEFAULT_BUDGET, type Statement } from "../statement.ts";

/** A statement over `metric`, and what takes one event of it a second. */
function open(
  text: string,
  budget: Budget = DEFAULT_BUDGET,
): { statement: Statement; rows: Row[]; take: (key: string, v: number) => void } {
  const schema = new Schema("metric", { key: "string", v: "integer" });
  const rows: Row[] = [];
  const statement = openStatement({
    name: "q",
    text,
    schemas: new Map([["metric", schema]]),
    startMs: 0,
    budget,
    sink: (delivery) => rows.push(...delivery.rows),
  });
  let second = 0;
  return { statement, rows, take: (key, v) => statement.accept(batchOf(schema, [{ key, v }], [++second * 1000])) };
}

describe("a row pattern", () => {
  test("prefers what is greedy where one event completes several matches; of two that are, as Esper, the second", () => {
    const greedy = open(
      "select a, b from metric match_recognize (measures count(A.v) as a, count(B.v) as b pattern (A* B* C) define C as C.v > 9)",
    );
    const reluctant = open(
      "select a, b from metric match_recognize (measures count(A.v) as a, count(B.v) as b pattern (A*? B* C) define C as C.v > 9)",
    );
    for (const { take } of [greedy, reluctant]) for (const v of [1, 2, 10]) take("x", v);
    expect(greedy.rows).toEqual([{ a: 0, b: 2 }]);
    expect(reluctant.rows).toEqual([{ a: 0, b: 2 }]);
  });

  test("skips to the next row, to the current row or past the last row", () => {
    const matches = (skip: string): number[] => {
      const text = `select a from metric match_recognize (measures first(A.v) as a after match skip ${skip} pattern (A A A))`;
      const { rows, take } = open(text);
      for (const v of [1, 2, 3, 4, 5, 6]) take("x", v);
      return rows.map((row) => Number(row["a"]));
    };
    expect(matches("past last row")).toEqual([1, 4]);
    expect(matches("to next row")).toEqual([1, 2, 3, 4]);
    expect(matches("to current row")).toEqual([1, 2, 3, 4]);
  });

  test("gives up the matches of the keys that were quiet the longest when there is no room, counts them, and goes on", () => {
    const text = "select k from metric match_recognize (partition by key measures A.key as k pattern (A B) define B as B.v > 9)";
    const { statement, rows, take } = open(text, { ...DEFAULT_BUDGET, events_max: 10 });
    for (let key = 0; key < 100; key++) take(`key ${key}`, 1);
    expect(statement.usage()).toMatchObject({ events: 10, refused: 90 });
    take("key 0", 10);
    take("key 99", 10);
    expect(rows).toEqual([{ k: "key 99" }]);
  });

  test("is no way to hold events without a bound: a match that takes all there is, is given up at last", () => {
    const text = "select n from metric match_recognize (measures count(B.v) as n pattern (A B* C) define A as A.v = 0, C as C.v > 9)";
    const { statement, rows, take } = open(text, { ...DEFAULT_BUDGET, events_max: 20 });
    take("x", 0);
    for (let event = 0; event < 50; event++) take("x", 1);
    expect(statement.usage().events).toBe(0);
    expect(statement.usage().refused).toBeGreaterThan(0);
    for (const v of [0, 1, 10]) take("x", v);
    expect(rows).toEqual([{ n: 1 }]);
  });

  test("delays what waits for the end of its interval over a restart", () => {
    const text = "select n from metric match_recognize (measures count(A.v) as n pattern (A+) interval 10 seconds define A as A.v > 0)";
    const before = open(text);
    before.take("x", 1);
    before.take("x", 2);
    const after = open(text);
    expect(after.statement.restore(before.statement.save())).toBe(true);
    expect(after.statement.nextDueMs()).toBe(11_000);
    after.statement.advanceTo(60_000);
    expect(after.rows).toEqual([{ n: 2 }]);
  });
});
