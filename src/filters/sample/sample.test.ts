import { describe, expect, test } from "vitest";
import { filterSuite, filtered } from "../../../test/suites/filter_suite.ts";
import { sample } from "./sample.ts";

describe("filter sample", () => {
  filterSuite(sample);

  const events = Array.from({ length: 3000 }, (_, n) => ({ n, user: `user ${n % 300}` }));

  test("lets on every nth event, the first to begin with", () => {
    expect(filtered(sample, { one_in: 1000 }, events).map(({ n }) => n)).toEqual([0, 1000, 2000]);
  });

  test("lets on all events of a key or none, about one key in n, and the same ones always", () => {
    const users = new Map<unknown, number>();
    for (const { user } of filtered(sample, { one_in: 10, by: "user" }, events)) users.set(user, (users.get(user) ?? 0) + 1);
    expect(new Set(users.values())).toEqual(new Set([10]));
    expect(users.size).toBeGreaterThan(15);
    expect(users.size).toBeLessThan(50);
    expect(filtered(sample, { one_in: 10, by: "user" }, events.slice(0, 300)).map(({ user }) => user)).toEqual([...users.keys()]);
  });

  test("takes all that lack the key for one", () => {
    expect([0, 3]).toContain(filtered(sample, { one_in: 2, by: "none" }, events.slice(0, 3)).length);
  });
});
