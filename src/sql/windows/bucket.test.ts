import { expect, test } from "vitest";
import { batchOf, type Row, Schema } from "../../event/index.ts";
import { openStatement } from "../open.ts";
import type { Statement } from "../statement.ts";

const ACCESS = new Schema("access", { host: "string", path: "string" });
const TEXT = "SELECT host, count(*) AS paths FROM access.std:groupwin(host).leaky:bucket(2, 10 sec, 1 min, path) GROUP BY host";

function open(rows: Row[]): Statement {
  const schemas = new Map([["access", ACCESS]]);
  return openStatement({ name: "scan", text: TEXT, schemas, startMs: 0, sink: (delivery) => rows.push(...delivery.rows) });
}

function pour(statement: Statement, host: string, path: string, timeMs: number): void {
  statement.accept(batchOf(ACCESS, [{ host, path }], [timeMs]));
}

test("nothing is kept of the buckets that have run dry, nor of those that overflowed once their blackhole is over", () => {
  const rows: Row[] = [];
  const statement = open(rows);
  for (let index = 0; index < 1000; index++) pour(statement, `quiet ${index}`, "/", index);
  for (let index = 0; index < 5; index++) pour(statement, "loud", `/${index}`, 2000 + index);
  expect(rows).toEqual([{ host: "loud", paths: 3 }]);
  expect(statement.usage()).toMatchObject({ events: 1005, groups: 1 });
  statement.advanceTo(62_002);
  expect(statement.usage()).toMatchObject({ events: 0, groups: 0 });
  expect(statement.nextDueMs()).toBeUndefined();
});

test("a bucket that is poured into as fast as it leaks holds no more than twice its capacity and two events", () => {
  const statement = open([]);
  for (let index = 0; index < 500; index++) pour(statement, "patient", `/${index}`, index * 10_000);
  expect(statement.usage().events).toBe(6);
});

test("a restored bucket overflows with the event that would have made it overflow, and keeps its blackhole", () => {
  const whole: Row[] = [];
  const parted: Row[] = [];
  const statement = open(whole);
  let restored = open(parted);
  for (let index = 0; index < 40; index++) {
    const timeMs = index * 2500;
    pour(statement, "a", `/${index % 7}`, timeMs);
    pour(restored, "a", `/${index % 7}`, timeMs);
    const saved = restored.save();
    restored = open(parted);
    expect(restored.restore(saved)).toBe(true);
  }
  expect(whole.length).toBeGreaterThan(1);
  expect(parted).toEqual(whole);
});
