import { setImmediate } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "vitest";
import { Counters, HotakaError, silentLog, Steps, VirtualClock } from "../kit/index.ts";
import { Keeper, type KeeperPace, type Place } from "./index.ts";

interface Item {
  readonly key: string;
  readonly priority: number;
}

interface Change {
  readonly add: boolean;
  readonly key: string;
}

/** A set of names that can be told to fail, to lie, to wait, and that a stranger may change. */
class Shelf implements Place<Item, ReadonlySet<string>, Change> {
  readonly held = new Set<string>();
  readonly applied: string[] = [];
  capacity: number | undefined;
  reads = 0;
  isUnreadable = false;
  readonly refuses = new Set<string>();
  readonly ignores = new Set<string>();
  beforeApply: (() => Promise<void> | void) | undefined;

  async observe(): Promise<ReadonlySet<string>> {
    this.reads++;
    if (this.isUnreadable) throw new HotakaError("HOTAKA_ENFORCER_FAILED", "the shelf is locked.");
    return new Set(this.held);
  }

  plan(wanted: readonly Item[], observed: ReadonlySet<string>): Change[] {
    const keys = new Set(wanted.map(({ key }) => key));
    const removals = [...observed].filter((key) => !keys.has(key)).map((key) => ({ add: false, key }));
    return [...removals, ...[...keys].filter((key) => !observed.has(key)).map((key) => ({ add: true, key }))];
  }

  async apply({ add, key }: Change): Promise<void> {
    await this.beforeApply?.();
    this.applied.push(`${add ? "+" : "-"}${key}`);
    if (this.refuses.has(key)) throw new HotakaError("HOTAKA_ENFORCER_FAILED", `no room for ${key}.`);
    if (this.ignores.has(key)) return;
    if (add) this.held.add(key);
    else this.held.delete(key);
  }
}

const PACE: KeeperPace = {
  periodMs: 60_000,
  debounceMs: 20,
  backoff: { firstMs: 1000, mostMs: 8000 },
  flapLimit: { repairsMax: 3, windowMs: 600_000 },
  failuresMax: 3,
};

let clock: VirtualClock;
let steps: Steps;
let shelf: Shelf;
let counters: Counters;
let wanted: Item[];
let keeper: Keeper<Item, ReadonlySet<string>, Change>;

beforeEach(() => {
  clock = new VirtualClock(1_000_000);
  steps = new Steps(clock);
  shelf = new Shelf();
  counters = new Counters();
  wanted = [];
  keeper = new Keeper({
    name: "shelf",
    place: shelf,
    naming: { keyOf: ({ key }) => key, priorityOf: ({ priority }) => priority, keysOf: ({ key }) => [key] },
    wanted: () => wanted,
    clock,
    steps,
    log: silentLog,
    counters,
    pace: PACE,
    random: () => 1,
  });
});

const want = (...keys: string[]): void => void (wanted = keys.map((key) => ({ key, priority: 0 })));

async function poked(): Promise<void> {
  keeper.poke();
  await pass(20);
}

async function pass(afterMs: number): Promise<void> {
  clock.advanceTo(clock.nowMs() + afterMs);
  await keeper.settled();
  // The timer of the period is set anew one turn after the pass.
  await setImmediate();
}

function counted(name: string): number {
  return counters.read().find((reading) => reading.name === name)?.value ?? 0;
}

describe("a keeper", () => {
  test("puts there what is wanted, takes away what is not, and says what it has read back", async () => {
    shelf.held.add("old");
    want("a", "b");
    await poked();
    expect([...shelf.held]).toEqual(["a", "b"]);
    expect(keeper.stateOf("a")).toEqual({ state: "enforced", why: undefined, sinceMs: 1_000_020 });
    expect(keeper.stateOf("old")).toBeUndefined();
    expect(keeper.status()).toMatchObject({ counts: { enforced: 2, pending: 0 }, observedMs: 1_000_020, problem: undefined });
  });

  test("makes one pass of many pokes", async () => {
    want("a");
    for (let poke = 0; poke < 100; poke++) keeper.poke();
    await pass(20);
    expect(shelf.reads).toBe(2);
  });

  test("makes another pass for what changed while one ran", async () => {
    want("a");
    shelf.beforeApply = () => {
      shelf.beforeApply = undefined;
      want("a", "b");
      keeper.poke();
    };
    keeper.poke();
    clock.advanceTo(clock.nowMs() + 20);
    await setImmediate();
    await pass(20);
    expect([...shelf.held]).toEqual(["a", "b"]);
  });

  test("repairs by itself, once a period, what a stranger changed", async () => {
    want("a");
    await poked();
    shelf.held.delete("a");
    await pass(60_000);
    expect([...shelf.held]).toEqual(["a"]);
    expect(counted("keep_items_repaired")).toBe(1);
    expect(keeper.stateOf("a")?.state).toBe("enforced");
  });

  test("does not count a change of what is wanted as a repair", async () => {
    want("a");
    await poked();
    wanted = [{ key: "a", priority: 7 }];
    shelf.held.delete("a");
    await poked();
    expect(counted("keep_items_repaired")).toBe(0);
  });

  test("gives the room to the highest priorities and names those it had none for", async () => {
    shelf.capacity = 2;
    wanted = ["a", "b", "c"].map((key, priority) => ({ key, priority }));
    await poked();
    expect([...shelf.held].toSorted()).toEqual(["b", "c"]);
    expect(keeper.stateOf("a")).toMatchObject({ state: "over_capacity", why: "it holds 2 and is full of what comes first" });
    want("a", "c");
    await poked();
    expect(keeper.stateOf("a")?.state).toBe("enforced");
  });
});

describe("a keeper whose place fails", () => {
  test("names the item and the reason, does the others, and tries again ever more rarely", async () => {
    want("a", "b");
    shelf.refuses.add("a");
    await poked();
    expect(keeper.stateOf("a")).toMatchObject({ state: "failed", why: "no room for a." });
    expect(keeper.stateOf("b")?.state).toBe("enforced");
    expect(keeper.status().problem).toBe("a: no room for a.");
    const tries = (): number => shelf.applied.filter((change) => change === "+a").length;
    expect(tries()).toBe(1);
    await pass(1000);
    expect(tries()).toBe(2);
    await pass(1000);
    expect(tries()).toBe(2);
    shelf.refuses.delete("a");
    await pass(1000);
    expect(keeper.stateOf("a")?.state).toBe("enforced");
    expect(keeper.status().problem).toBeUndefined();
  });

  test("does not hurry because it is poked", async () => {
    want("a");
    shelf.refuses.add("a");
    await poked();
    await poked();
    expect(shelf.applied).toEqual(["+a"]);
  });

  test("does not believe a place that says done and does nothing", async () => {
    want("a");
    shelf.ignores.add("a");
    await poked();
    expect(keeper.stateOf("a")).toMatchObject({ state: "failed", why: "it was told to and did not do so: read back, nothing had changed" });
  });

  test("says so when something could not be taken away", async () => {
    shelf.held.add("old");
    shelf.refuses.add("old");
    await poked();
    expect(keeper.stateOf("old")).toMatchObject({ state: "failed", why: "it is still there: no room for old." });
    shelf.refuses.clear();
    await pass(1000);
    expect(keeper.stateOf("old")).toBeUndefined();
  });

  test("keeps saying of what it saw that it was enforced, and of the new that it failed, when the place cannot be read", async () => {
    want("a");
    await poked();
    shelf.isUnreadable = true;
    want("a", "b");
    await poked();
    expect(keeper.stateOf("a")?.state).toBe("enforced");
    expect(keeper.stateOf("b")).toMatchObject({ state: "failed", why: "it could not be read: the shelf is locked." });
    expect(keeper.status()).toMatchObject({ problem: "it could not be read: the shelf is locked.", observedMs: 1_000_020 });
  });

  test("puts the rest off when several in a row failed", async () => {
    want("a", "b", "c", "d", "e");
    for (const { key } of wanted) shelf.refuses.add(key);
    await poked();
    expect(shelf.applied).toEqual(["+a", "+b", "+c"]);
    expect(keeper.stateOf("d")?.state).toBe("pending");
    expect(keeper.status().problem).toBe("3 changes in a row failed and 2 more were put off: no room for c.");
  });

  test("leaves an item alone that somebody else keeps undoing, and takes it up again later", async () => {
    want("a", "b");
    await poked();
    for (let round = 0; round < 5; round++) {
      shelf.held.delete("a");
      await pass(60_000);
    }
    expect(shelf.held.has("a")).toBe(false);
    expect(counted("keep_items_repaired")).toBe(3);
    expect(keeper.stateOf("a")?.why).toMatch(/^somebody else undid it 3 times within 10m; it is left alone until 1970-/);
    expect(keeper.stateOf("b")?.state).toBe("enforced");
    for (let minute = 0; minute < 10; minute++) await pass(60_000);
    expect(keeper.stateOf("a")?.state).toBe("enforced");
  });
});

describe("a keeper that is stopped", () => {
  test("ends between two changes: the one in hand is finished, no other begins", async () => {
    want("a", "b", "c");
    let stopped: Promise<void> | undefined;
    shelf.beforeApply = () => void (stopped ??= steps.stop());
    await poked();
    await stopped;
    expect(shelf.applied).toEqual(["+a"]);
    expect([keeper.stateOf("a")?.state, keeper.stateOf("b")?.state]).toEqual(["enforced", "pending"]);
    keeper.poke();
    await pass(120_000);
    expect(shelf.applied).toEqual(["+a"]);
  });

  test("does not leave anyone waiting for a pass that will not come", async () => {
    keeper.poke();
    const settled = keeper.settled();
    await steps.stop();
    await settled;
    expect(shelf.reads).toBe(0);
  });

  test("leaves in place what is there", async () => {
    want("a");
    await poked();
    await keeper.close();
    want();
    keeper.poke();
    await pass(120_000);
    expect([...shelf.held]).toEqual(["a"]);
  });
});

test("a place that cannot tell of some items after they were changed is read as a whole", async () => {
  let isBlind = false;
  const only = async (): Promise<ReadonlySet<string> | undefined> => (isBlind ? undefined : new Set<string>());
  const reading = Object.assign(shelf, { observeOnly: only });
  const settled = async (): Promise<void> => {
    clock.advanceTo(clock.nowMs() + 20);
    await keeper.settled();
  };
  keeper.poke();
  await settled();
  reading.beforeApply = () => void (isBlind = true);
  wanted = [{ key: "a", priority: 1 }];
  keeper.poke(["a"]);
  await settled();
  expect(keeper.status()).toMatchObject({ counts: { enforced: 1 }, problem: undefined });
});

test("a pass over very many gives way to others in between", async () => {
  wanted = Array.from({ length: 30_000 }, (_, index) => ({ key: `k${index}`, priority: 1 }));
  keeper.poke();
  clock.advanceTo(clock.nowMs() + 20);
  let turns = 0;
  const counting = (async () => {
    while (keeper.status().counts.enforced < 30_000) {
      turns++;
      await setImmediate();
    }
  })();
  await keeper.settled();
  await counting;
  expect(turns).toBeGreaterThan(10);
});
