import { beforeEach, expect, test } from "vitest";
import { SqlCatalog } from "../../test/fakes/sql_catalog.ts";

/** What a source has received and not given yet, as the write-ahead log counts it. */
const received = { end: 0, taken: 0 };
let run: SqlCatalog;
beforeEach(() => {
  Object.assign(received, { end: 0, taken: 0 });
  run = new SqlCatalog({ received });
  run.send("web", { host: "first", path: "/" });
  run.register("hosts", "SELECT host FROM web");
});

/** Gives a record that came before anybody asked for a path, and was kept without. */
function giveWithoutPaths(...hosts: string[]): void {
  const { columns } = run.catalog.openIntake("web");
  columns.lack(["path"]);
  for (const host of hosts) columns.take({ host }, run.clock.nowMs());
  columns.lack([]);
  received.taken++;
}

test("a query does not see what was received before it and kept without its fields; those that ask for less do", () => {
  received.end = 2;
  run.register("paths", "SELECT host, path FROM web");
  run.register("also_hosts", "SELECT host AS also FROM web");
  giveWithoutPaths("a");
  giveWithoutPaths("b", "c");
  run.send("web", { host: "d", path: "/d" });
  expect(run.taken().toSorted()).toEqual([
    ...["a", "b", "c", "d"].map((host) => `also_hosts@0 {"also":"${host}"}`),
    ...["a", "b", "c", "d"].map((host) => `hosts@0 {"host":"${host}"}`),
    'paths@0 {"host":"d","path":"/d"}',
  ]);
});

test("from then on it takes events with the others, and sees each once", () => {
  received.end = 1;
  run.register("paths", "SELECT path, count(*) AS n FROM web.win:length_batch(2) GROUP BY path");
  giveWithoutPaths("a");
  for (const path of ["/x", "/x"]) run.send("web", { host: "b", path });
  expect(run.taken().filter((row) => row.startsWith("paths"))).toEqual(['paths@0 {"path":"/x","n":2}']);
});

test("events that wait for stragglers lack what they lack when they are let go", () => {
  const time = { clock: "event", lateness_max_ms: 1000, idle_after_ms: 60_000, future_max_ms: undefined, held_events_max: 100 } as const;
  run = new SqlCatalog({ received, time });
  run.send("web", { host: "first", path: "/" });
  run.register("hosts", "SELECT host FROM web");
  received.end = 1;
  run.register("paths", "SELECT path FROM web");
  giveWithoutPaths("a");
  run.clock.advanceTo(run.clock.nowMs() + 5000);
  run.send("web", { host: "b", path: "/b" });
  run.clock.advanceTo(run.clock.nowMs() + 5000);
  run.send("web", { host: "c", path: "/c" });
  const rows = run.taken().map((row) => row.replace(/@\d+/, ""));
  expect(rows.filter((row) => row.startsWith("paths"))).toEqual(['paths {"path":"/b"}']);
  expect(rows.filter((row) => row.startsWith("hosts"))).toEqual(expect.arrayContaining(['hosts {"host":"a"}', 'hosts {"host":"b"}']));
});

test("who looks at the events as they come is not shown what lacks a field", () => {
  const shown: number[] = [];
  run.catalog.tap("web", { take: (batch) => void shown.push(batch.size), closed: () => {} });
  giveWithoutPaths("a", "b");
  run.send("web", { host: "d", path: "/d" });
  expect(shown).toEqual([1]);
});
