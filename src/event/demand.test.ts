import { expect, test } from "vitest";
import { Demand, type Use } from "./index.ts";

test("a field is wanted as long as anybody asks for it, as a key if anybody wants it so", () => {
  const demand = new Demand();
  const [query, store] = [{}, {}];
  demand.ask(query, uses({ host: "key", size: "value" }));
  demand.ask(store, uses({ host: "value", path: "value" }));
  expect(Object.fromEntries(demand.fields)).toEqual({ host: "key", size: "value", path: "value" });
  demand.withdraw(query);
  expect(Object.fromEntries(demand.fields)).toEqual({ host: "value", path: "value" });
  demand.withdraw(store);
  expect(demand.fields.size).toBe(0);
});

test("what an asker asks for takes the place of what it asked for before", () => {
  const demand = new Demand();
  const query = {};
  demand.ask(query, uses({ host: "key" }));
  demand.ask(query, uses({ path: "value" }));
  expect(Object.fromEntries(demand.fields)).toEqual({ path: "value" });
});

test("the version moves exactly when the fields or their uses change", () => {
  const demand = new Demand();
  const [first, second] = [{}, {}];
  const versions = [
    (): void => demand.ask(first, uses({ host: "key" })),
    (): void => demand.ask(second, uses({ host: "value" })),
    (): void => demand.ask(second, uses({ host: "key" })),
    (): void => demand.withdraw(first),
    (): void => demand.ask(second, uses({ host: "value" })),
    (): void => demand.withdraw({}),
    (): void => demand.withdraw(second),
  ].map((change) => {
    change();
    return demand.version;
  });
  expect(versions).toEqual([1, 1, 1, 1, 2, 2, 3]);
});

test("what was asked for does not change with the map it was asked by", () => {
  const demand = new Demand();
  const fields = new Map<string, Use>([["host", "key"]]);
  demand.ask({}, fields);
  fields.set("path", "value");
  demand.ask({}, uses({}));
  expect([...demand.fields.keys()]).toEqual(["host"]);
});

function uses(fields: Readonly<Record<string, Use>>): ReadonlyMap<string, Use> {
  return new Map(Object.entries(fields));
}
