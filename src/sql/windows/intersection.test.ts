import { expect, test } from "vitest";
import { batchOf, Schema } from "../../event/index.ts";
import { openStatement } from "../open.ts";

/** Rows as `new rows / removed rows` of one delivery, each host and size. */
function run(from: string, events: readonly (readonly [number, string, number])[], untilMs: number): string[] {
  const access = new Schema("access", { host: "string", size: "integer" });
  const told: string[] = [];
  const statement = openStatement({
    name: "test",
    text: `SELECT IRSTREAM host, size FROM ${from}`,
    schemas: new Map([["access", access]]),
    startMs: 0,
    sink: ({ timeMs, rows, removed }) => {
      const [came, went] = [rows, removed].map((side) => side.map(({ host, size }) => `${host as string}${size as number}`).join(" "));
      told.push(`${timeMs}: ${came} / ${went}`);
    },
  });
  for (const [timeMs, host, size] of events) statement.accept(batchOf(access, [{ host, size }], [timeMs]));
  statement.advanceTo(untilMs);
  return told;
}

test("a batch beside std:unique lets go the latest event of each key", () => {
  const told = run(
    "access.win:time_batch(10 sec).std:unique(host)",
    [
      [1000, "a", 1],
      [2000, "b", 2],
      [3000, "a", 3],
      [12_000, "b", 4],
    ],
    40_000,
  );
  expect(told).toEqual(["11000: b2 a3 / ", "21000: b4 / b2 a3", "31000:  / b4"]);
});

test("an event that one window refuses is held by none", () => {
  const told = run(
    "access.win:firstlength(2).win:time(10 sec) retain-intersection",
    [
      [0, "a", 1],
      [1000, "b", 2],
      [2000, "c", 3],
      [10_500, "d", 4],
    ],
    60_000,
  );
  expect(told).toEqual(["0: a1 / ", "1000: b2 / ", "10000:  / a1", "10500: d4 / ", "11000:  / b2", "20500:  / d4"]);
});

test("in a union an event is held until the last window has let it go", () => {
  const told = run(
    "access.win:length(1).win:time(10 sec) retain-union",
    [
      [0, "a", 1],
      [1000, "b", 2],
    ],
    60_000,
  );
  expect(told).toEqual(["0: a1 / ", "1000: b2 / ", "10000:  / a1"]);
});
