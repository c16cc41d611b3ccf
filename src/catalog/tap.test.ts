import { expect, test } from "vitest";
import { SqlCatalog } from "../../test/fakes/sql_catalog.ts";
import { rowAt } from "../event/index.ts";
import type { Onlooker } from "./index.ts";

function shown(seen: string[]): Onlooker {
  return {
    take: (batch) => {
      for (let row = 0; row < batch.size; row++) seen.push(JSON.stringify(rowAt(batch, row)));
    },
    closed: () => void seen.push("closed"),
  };
}

test("who looks at a target is shown every event with all its fields, also those that no query asks for", () => {
  const run = new SqlCatalog();
  run.catalog.openTarget("access", { fields: { host: "string", size: "integer" } });
  run.register("hosts", "SELECT host FROM access");
  const seen: string[] = [];
  const stop = run.catalog.tap("access", shown(seen));
  run.send("access", { host: "a", size: 1 }, { host: "b", size: 2 });
  expect(seen).toEqual(['["a",1]', '["b",2]']);
  stop();
  run.send("access", { host: "c", size: 3 });
  expect(seen).toHaveLength(2);
  expect(run.taken()).toHaveLength(3);
});

test("a field that comes while somebody looks is shown from the next batch on", () => {
  const run = new SqlCatalog();
  run.catalog.openTarget("access", { fields: { host: "string" } });
  const seen: string[] = [];
  run.catalog.tap("access", shown(seen));
  run.send("access", { host: "a", agent: "x" });
  run.send("access", { host: "b", agent: "y" });
  expect(seen.at(-1)).toBe('["b","y"]');
});

test("a target that waits for stragglers is shown in the order in which its queries see it", () => {
  const run = new SqlCatalog({
    times: new Map([["access", { clock: "event", lateness_max_ms: 1000, idle_after_ms: 1000 }]]),
  });
  run.catalog.openTarget("access", { fields: { host: "string" } });
  const seen: string[] = [];
  run.catalog.tap("access", shown(seen));
  run.send("access", { host: "a" });
  expect(seen).toEqual([]);
  run.pass(5000);
  expect(seen).toEqual(['["a"]']);
});

test("who looks is told when the target is closed", () => {
  const run = new SqlCatalog();
  run.catalog.openTarget("access");
  const seen: string[] = [];
  run.catalog.tap("access", shown(seen));
  run.catalog.closeTarget("access");
  expect(seen).toEqual(["closed"]);
});

test("there is nothing to look at where there is no target", () => {
  expect(() => new SqlCatalog().catalog.tap("nowhere", shown([]))).toThrow('no target "nowhere"');
});

test("queries are told how long they were at work", () => {
  const run = new SqlCatalog();
  run.catalog.openTarget("access", { fields: { host: "string" } });
  for (const name of ["one", "two"]) run.register(name, "SELECT host, count(*) FROM access.win:time(1 hour) GROUP BY host");
  for (let batch = 0; batch < 200; batch++)
    run.send("access", ...Array.from({ length: 500 }, (_, event) => ({ host: `h${(batch * 31 + event) % 700}` })));
  for (const { busy_ms: busyMs } of run.catalog.queries()) expect(busyMs).toBeGreaterThan(0);
});
