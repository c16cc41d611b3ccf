import { describe, expect, test } from "vitest";
import { openTumblingCount } from "../../test/fakes/tumbling_count.ts";
import { type Batch, batchOf, Dictionary } from "../event/index.ts";
import { Counters, HotakaError, silentLog, VirtualClock } from "../kit/index.ts";
import { Catalog, type CatalogOptions, DEFAULT_TARGET_TIME, REPLAY_TARGET_TIME, TICK_MS, type TargetTime } from "./index.ts";

const FIELDS = { host: "string", path: "string" } as const;
const START_MS = Date.UTC(2026, 0, 1, 12);

describe("queries", () => {
  test("a query gives its rows to the pool and to the listener, each with its time", () => {
    const { catalog, given, send } = opened();
    catalog.register({ name: "q", sql: "access.host" });
    send(["a", 0], ["a", 1000], ["b", 2000], ["c", 60_000]);
    expect(given).toEqual([`q@60000 {"value":"a","count":2}`, `q@60000 {"value":"b","count":1}`]);
    expect(catalog.see("q")).toHaveLength(2);
    expect(catalog.fetch("q").map(({ timeMs }) => timeMs - START_MS)).toEqual([60_000, 60_000]);
    expect(catalog.fetch("q")).toEqual([]);
  });

  test("demand follows the queries that come and go, and its version moves", () => {
    const { catalog, access } = opened();
    const versions = [access.demand.version];
    catalog.register({ name: "by_host", sql: "access.host" });
    versions.push(access.demand.version);
    catalog.register({ name: "by_path", sql: "access.path" });
    versions.push(access.demand.version);
    expect([...access.demand.fields]).toEqual([
      ["host", "key"],
      ["path", "key"],
    ]);
    expect(catalog.remove("by_host")).toBe(true);
    versions.push(access.demand.version);
    expect([...access.demand.fields.keys()]).toEqual(["path"]);
    expect(new Set(versions).size).toBe(4);
    expect(catalog.remove("by_host")).toBe(false);
  });

  test("a query registered while events flow takes only what comes from then on", () => {
    const { catalog, given, send } = opened();
    send(["a", 0], ["a", 1000]);
    catalog.register({ name: "q", sql: "access.host" });
    send(["a", 2000], ["b", 62_000]);
    expect(given).toEqual([`q@62000 {"value":"a","count":1}`]);
  });

  test("outputs of several queries are handed on in order of time", () => {
    const { catalog, given, send } = opened();
    catalog.register({ name: "windows", sql: "access.host" });
    catalog.register({ name: "each", sql: "access.host each" });
    send(["a", 0], ["b", 61_000], ["c", 121_000]);
    expect(given.map((line) => line.split(" ")[0])).toEqual(["each@0", "windows@60000", "each@61000", "windows@120000", "each@121000"]);
  });

  test("a statement that throws is suspended and reported, and the others go on", () => {
    const broke: string[] = [];
    const { catalog, given, send } = opened({ broke: (query, reason) => broke.push(`${query}: ${reason}`) });
    catalog.register({ name: "bad", sql: "access.path broken" });
    catalog.register({ name: "good", sql: "access.host each" });
    send(["a", 0]);
    send(["b", 1000]);
    expect(broke).toEqual(["bad: it is broken"]);
    expect(given).toEqual([`good@0 {"value":"a"}`, `good@1000 {"value":"b"}`]);
    expect(catalog.queries().map(({ name, state, reason }) => [name, state, reason])).toEqual([
      ["bad", "suspended", "it is broken"],
      ["good", "running", undefined],
    ]);
  });

  test("a suspended query asks for no fields, and resumes with an empty window", () => {
    const { catalog, access, given, send } = opened();
    catalog.register({ name: "q", sql: "access.host" });
    send(["a", 0]);
    expect(catalog.suspend("q")).toBe(true);
    expect(catalog.suspend("q")).toBe(false);
    expect(access.demand.fields.size).toBe(0);
    send(["a", 1000]);
    expect(catalog.resume("q")).toBe(true);
    send(["a", 2000], ["b", 62_000]);
    expect(given).toEqual([`q@62000 {"value":"a","count":1}`]);
    expect(catalog.resume("q")).toBe(false);
  });

  test("a second query of the same name is refused", () => {
    const { catalog } = opened();
    catalog.register({ name: "q", sql: "access.host" });
    expect(() => catalog.register({ name: "q", sql: "access.path" })).toThrow(`query "q" is there already`);
  });

  test("a query whose target is not known is refused, or waits for it where that is asked", () => {
    const { catalog, given } = opened();
    expect(() => catalog.register({ name: "q", sql: "auth.user each" })).toThrow(HotakaError);
    catalog.register({ name: "q", sql: "auth.user each" }, { mayWait: true });
    expect(catalog.queries()[0]).toMatchObject({ state: "waiting", reason: `waits for the first event of target "auth".` });
    const auth = catalog.intake("auth", { user: "string" });
    auth.accept(batchOf(auth.schema, [{ user: "root" }], [START_MS]));
    expect(given).toEqual([`q@0 {"value":"root"}`]);
  });

  test("a waiting query that turns out to be wrong is suspended with the reason, and the target opens all the same", () => {
    const { catalog } = opened();
    catalog.register({ name: "q", sql: "auth.usr each" }, { mayWait: true });
    expect(catalog.intake("auth", { user: "string" }).name).toBe("auth");
    expect(catalog.queries()[0]).toMatchObject({ state: "suspended", reason: `query "q": there is no "usr".` });
  });

  test("declaring leaves the queries that stand alone, and takes out and brings in the rest", () => {
    const { catalog, given, send } = opened();
    catalog.declare([
      { name: "stays", sql: "access.host" },
      { name: "changes", sql: "access.host" },
      { name: "goes", sql: "access.host" },
    ]);
    send(["a", 0]);
    catalog.declare([
      { name: "stays", sql: "access.host" },
      { name: "changes", sql: "access.path" },
      { name: "comes", sql: "access.host each" },
    ]);
    expect(catalog.queries().map(({ name }) => name)).toEqual(["stays", "changes", "comes"]);
    send(["b", 60_000]);
    expect(given).toEqual([`stays@60000 {"value":"a","count":1}`, `comes@60000 {"value":"b"}`]);
  });

  test("declaring changes nothing when one query is wrong", () => {
    const { catalog } = opened();
    catalog.declare([{ name: "stays", sql: "access.host" }]);
    const wrong = [
      { name: "comes", sql: "access.host" },
      { name: "wrong", sql: "access.hots" },
    ];
    expect(() => catalog.declare(wrong)).toThrow(`there is no "hots"`);
    expect(() => catalog.declare([wrong[0]!, wrong[0]!])).toThrow("is there already");
    expect(catalog.queries().map(({ name, state }) => [name, state])).toEqual([["stays", "running"]]);
  });

  test("the status of a query counts events and rows, and names its last row's time", () => {
    const { catalog, send } = opened();
    catalog.register({ name: "q", sql: "access.host", group: "web" });
    send(["a", 0], ["b", 1000], ["c", 60_000]);
    expect(catalog.queries()).toEqual([
      {
        name: "q",
        group: "web",
        sql: "access.host",
        state: "running",
        reason: undefined,
        targets: ["access"],
        columns: [{ name: "value", type: "string" }],
        events: 3,
        rows: 2,
        busy_ms: expect.any(Number),
        groups: 1,
        events_held: 0,
        bytes: 0,
        refused: 0,
        evicted: 0,
        budget: { groups_max: 1_000_000, events_max: 10_000_000, when_full: "refuse" },
        last_row_ms: START_MS + 60_000,
        pooled: 2,
        dropped: 0,
      },
    ]);
  });

  test("a statement that only time moves is opened at the first event, not at the beginning of the era", () => {
    const { catalog, given, send } = opened();
    catalog.register({ name: "q", sql: "access.host eager" });
    send(["a", 30_000], ["b", 91_000]);
    expect(given).toEqual([`q@90000 {"value":"a","count":1}`]);
  });
});

describe("time", () => {
  test("a late event is taken at the present instant and counted with how late it was", () => {
    const { catalog, given, send } = opened();
    catalog.register({ name: "q", sql: "access.host each" });
    send(["a", 5000], ["b", 2000], ["c", 6000]);
    send(["d", 4500]);
    expect(given).toEqual([`q@5000 {"value":"a"}`, `q@5000 {"value":"b"}`, `q@6000 {"value":"c"}`, `q@6000 {"value":"d"}`]);
    expect(catalog.targets()[0]).toMatchObject({ events: 4, late: 2, lateness_seen_ms: 3000, held: 0, clock_ms: START_MS + 6000 });
  });

  test("with lateness_max events wait for stragglers and are taken in order, those of one instant in order of arrival", () => {
    const { catalog, given, send } = opened({ time: { ...REPLAY_TARGET_TIME, lateness_max_ms: 10_000 } });
    catalog.register({ name: "q", sql: "access.host each" });
    send(["a", 5000], ["b", 2000], ["c", 5000], ["d", 15_000]);
    expect(given).toEqual([`q@2000 {"value":"b"}`, `q@5000 {"value":"a"}`, `q@5000 {"value":"c"}`]);
    expect(catalog.targets()[0]).toMatchObject({ late: 0, held: 1, clock_ms: START_MS + 5000 });
    send(["e", 4000]);
    expect(given.at(-1)).toBe(`q@5000 {"value":"e"}`);
    // A lateness_max of 11 s would have waited for it: that is what a person wants to know.
    expect(catalog.targets()[0]).toMatchObject({ late: 1, lateness_seen_ms: 11_000 });
    catalog.finish();
    expect(given.at(-1)).toBe(`q@15000 {"value":"d"}`);
    expect(catalog.targets()[0]).toMatchObject({ held: 0, clock_ms: START_MS + 15_000 });
  });

  test("when more than held_events_max wait, the oldest go early, are counted, and time goes with them", () => {
    const { catalog, given, send } = opened({ time: { ...REPLAY_TARGET_TIME, lateness_max_ms: 10_000, held_events_max: 2 } });
    catalog.register({ name: "q", sql: "access.host each" });
    send(["a", 3000], ["b", 2000], ["c", 4000]);
    expect(given).toEqual([`q@2000 {"value":"b"}`]);
    expect(catalog.targets()[0]).toMatchObject({ held: 2, released_early: 1, clock_ms: START_MS + 2000 });
    send(["d", 1000]);
    expect(given.at(-1)).toBe(`q@2000 {"value":"d"}`);
    expect(catalog.targets()[0]).toMatchObject({ late: 1 });
  });

  test("an event dated beyond future_max, or not at all, is refused and counted, and makes nobody late", () => {
    const { catalog, given, send } = opened({ time: { ...DEFAULT_TARGET_TIME, future_max_ms: 60_000 } });
    catalog.register({ name: "q", sql: "access.host each" });
    send(["a", 0], ["wrong", 60_001], ["undated", Number.NaN], ["b", 60_000], ["c", 1000]);
    expect(given).toEqual([`q@0 {"value":"a"}`, `q@60000 {"value":"b"}`, `q@60000 {"value":"c"}`]);
    expect(catalog.targets()[0]).toMatchObject({ events: 3, future: 2, late: 1, lateness_seen_ms: 59_000 });
  });

  test("after idle_after of silence time goes on, and a window closes without a further event", () => {
    const { catalog, clock, given, send } = opened({ time: DEFAULT_TARGET_TIME });
    catalog.register({ name: "q", sql: "access.host" });
    const live = (durationMs: number) => {
      for (const endMs = clock.nowMs() + durationMs; clock.nowMs() < endMs;) {
        clock.advanceTo(clock.nowMs() + TICK_MS);
        catalog.tick();
      }
    };
    live(TICK_MS);
    send(["a", 0]);
    live(TICK_MS + 5000 + 59_750);
    expect(given).toEqual([]);
    live(TICK_MS);
    expect(given).toEqual([`q@60000 {"value":"a","count":1}`]);
    // An event that is dated before where silence has brought the clock is late.
    send(["b", 59_000]);
    expect(catalog.targets()[0]).toMatchObject({ late: 1, lateness_seen_ms: 1000 });
  });

  test("a clock that was set, or a process that slept, does not close the windows at once", () => {
    const { catalog, clock, given, send } = opened({ time: DEFAULT_TARGET_TIME });
    catalog.register({ name: "q", sql: "access.host" });
    catalog.tick();
    send(["a", 0]);
    clock.advanceTo(clock.nowMs() + 86_400_000);
    catalog.tick();
    catalog.tick();
    expect(given).toEqual([]);
    expect(catalog.targets()[0]).toMatchObject({ clock_ms: START_MS });
  });

  test("finishing closes the window that is open, once, and only then", () => {
    const { catalog, given, send } = opened();
    catalog.register({ name: "q", sql: "access.host" });
    send(["a", 0]);
    expect(given).toEqual([]);
    catalog.finish();
    expect(given).toEqual([`q@60000 {"value":"a","count":1}`]);
  });

  test("a query that comes while events wait is not given those that were read without its fields", () => {
    const { catalog, given, access } = opened({ time: { ...REPLAY_TARGET_TIME, lateness_max_ms: 10_000 } });
    catalog.register({ name: "hosts", sql: "access.host each" });
    access.accept(withoutPath(batchOf(access.schema, [{ host: "a" }], [START_MS])));
    catalog.register({ name: "paths", sql: "access.path each" });
    access.accept(batchOf(access.schema, [{ host: "b", path: "/" }], [START_MS + 20_000]));
    catalog.finish();
    expect(given).toEqual([`hosts@0 {"value":"a"}`, `hosts@20000 {"value":"b"}`, `paths@20000 {"value":"/"}`]);
  });

  test("codes that wait are kept in their dictionary over a sweep", () => {
    const { catalog, given, access } = opened({ time: { ...REPLAY_TARGET_TIME, lateness_max_ms: 10_000 } });
    catalog.register({ name: "q", sql: "access.host each" });
    const dictionary = new Dictionary();
    const codes = new Int32Array([dictionary.codeOf("a"), dictionary.codeOf("b")]);
    const batch = (times: number[]): Batch => ({
      schema: access.schema,
      size: times.length,
      times: Float64Array.from(times),
      columns: [{ kind: "dictionary", codes, dictionary }, undefined],
    });
    access.accept(batch([START_MS + 1000, START_MS]));
    dictionary.codeOf("never held");
    dictionary.sweep();
    codes[0] = dictionary.codeOf("c");
    access.accept(batch([START_MS + 30_000]));
    catalog.finish();
    expect(given).toEqual([`q@0 {"value":"b"}`, `q@1000 {"value":"a"}`, `q@30000 {"value":"c"}`]);
    dictionary.sweep();
    expect(dictionary.size).toBe(0);
  });
});

describe("state over a restart", () => {
  test.each([0, 10_000])(
    "a process that goes on from a checkpoint gives the rows of one that never stopped (lateness_max %i ms)",
    (latenessMs) => {
      const time = { ...REPLAY_TARGET_TIME, lateness_max_ms: latenessMs };
      const events: Event[] = [
        ["a", 0],
        ["b", 7000],
        ["a", 3000],
        ["c", 61_000],
        ["a", 58_000],
        ["a", 95_000],
        ["b", 130_000],
        ["c", 190_000],
      ];
      const whole = opened({ time });
      declare(whole.catalog);
      for (const event of events) whole.send(event);
      whole.catalog.finish();
      for (let cut = 0; cut <= events.length; cut++) {
        const before = opened({ time });
        declare(before.catalog);
        for (const event of events.slice(0, cut)) before.send(event);
        const after = opened({ time }, before.catalog.save());
        declare(after.catalog);
        expect(after.catalog.restored()).toEqual([]);
        for (const event of events.slice(cut)) after.send(event);
        after.catalog.finish();
        expect([...before.given, ...after.given]).toEqual(whole.given);
        expect([...before.keys, ...after.keys]).toEqual(whole.keys);
        expect(after.catalog.see("windows")).toEqual(whole.catalog.see("windows"));
        const { late, lateness_seen_ms, clock_ms } = whole.catalog.targets()[0]!;
        expect(after.catalog.targets()[0]).toMatchObject({ late, lateness_seen_ms, clock_ms });
      }
    },
  );

  test("the window of a query whose text changed is given up, and a name nobody took up is told", () => {
    const before = opened();
    before.catalog.register({ name: "q", sql: "access.host" });
    before.catalog.register({ name: "gone", sql: "access.host" });
    before.send(["a", 0]);
    const after = opened({}, before.catalog.save());
    after.catalog.register({ name: "q", sql: "access.path" });
    expect(after.catalog.restored()).toEqual(["gone"]);
    after.catalog.register({ name: "gone", sql: "access.host" });
    after.send(["b", 120_000]);
    expect(after.given).toEqual([]);
  });

  test("a checkpoint taken while a query still waits for its target keeps its window", () => {
    const before = opened();
    before.catalog.register({ name: "q", sql: "access.host" });
    before.send(["a", 0]);
    const between = new Catalog({ ...options(), time: REPLAY_TARGET_TIME });
    between.restore(before.catalog.save());
    between.register({ name: "q", sql: "access.host" }, { mayWait: true });
    const after = opened({}, between.save());
    after.catalog.register({ name: "q", sql: "access.host" });
    after.send(["b", 60_000]);
    expect(after.given).toEqual([`q@60000 {"value":"a","count":1}`]);
  });
});

type Event = readonly [host: string, atMs: number];

/** A catalog with the target `access`, whose times count from `START_MS`; what is given is told as `query@time row`. */
function opened(overrides: Partial<CatalogOptions> & { readonly time?: TargetTime } = {}, saved?: ReadonlyMap<string, Uint8Array>) {
  const given: string[] = [];
  const keys: string[] = [];
  const clock = new VirtualClock(START_MS);
  const catalog = new Catalog({
    ...options(clock),
    time: REPLAY_TARGET_TIME,
    output: (output) => {
      for (const row of output.rows) given.push(`${output.query}@${output.timeMs - START_MS} ${JSON.stringify(row)}`);
      keys.push(...output.keys());
    },
    ...overrides,
  });
  if (saved !== undefined) catalog.restore(saved);
  const access = catalog.intake("access", FIELDS);
  const send = (...events: Event[]) => {
    const records = events.map(([host]) => ({ host, path: "/" }));
    access.accept(
      batchOf(
        access.schema,
        records,
        events.map(([, atMs]) => START_MS + atMs),
      ),
    );
  };
  return { catalog, access, clock, given, keys, send };
}

function declare(catalog: Catalog): void {
  catalog.register({ name: "windows", sql: "access.host" });
  catalog.register({ name: "each", sql: "access.host each" });
}

function options(clock = new VirtualClock(START_MS)): CatalogOptions {
  return { open: openTumblingCount, clock, counters: new Counters(), log: silentLog };
}

function withoutPath(batch: Batch): Batch {
  return { ...batch, columns: [batch.columns[0], undefined] };
}
