import { setImmediate } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import type { Enforcer, EnforcerChange, WantedBlock } from "../../src/component/index.ts";
import { Keeper } from "../../src/keep/index.ts";
import { Counters, silentLog, Steps, VirtualClock } from "../../src/kit/index.ts";

/** One enforcement point with room for `CAPACITY` blocks, and the hands of a stranger who can reach it too. */
export interface EnforcerHarness {
  readonly enforcer: Enforcer;
  /** Opens the enforcer once more on the same place, as a daemon that was killed does. */
  reopen(): Promise<Enforcer>;
  /** Makes the place refuse all that is asked of it, until what is returned is called. Undefined for one that cannot fail. */
  trouble?(): Promise<() => Promise<void>>;
  /** False where what a stranger puts there takes up no room of ours. */
  readonly sharesRoom?: boolean;
  /** The CIDRs that take effect there now, whoever put them there. */
  blocked(): Promise<readonly string[]>;
  /** A stranger takes away what is blocked. */
  remove(cidr: string): Promise<void>;
  /** A stranger puts an entry of his own there, which takes up room unless `sharesRoom` is false. */
  add(cidr: string): Promise<void>;
  /** A stranger makes an entry of the enforcer one that no longer blocks as long as is wanted. */
  spoil(cidr: string): Promise<void>;
}

/** How many blocks the point that `open` gives must have room for. */
export const CAPACITY = 4;

const START_MS = 1_763_632_800_000;

/** What every enforcer must keep: it is idempotent, repairs its own, never touches what is not its own, and lets go at the end. */
export function describeEnforcer(name: string, open: (clock: VirtualClock) => Promise<EnforcerHarness>): void {
  describe(`${name} as an enforcement point`, () => {
    test("holds what is wanted, and no more", async () => {
      const { harness, keep } = await rig(open);
      await keep(["203.0.113.7/32", "2001:db8:bad::/64"]);
      expect(await sorted(harness)).toEqual(["2001:db8:bad::/64", "203.0.113.7/32"]);
      await keep(["2001:db8:bad::/64"]);
      expect(await sorted(harness)).toEqual(["2001:db8:bad::/64"]);
    });

    test("plans nothing when all is as wanted", async () => {
      const { harness, keep } = await rig(open);
      const wanted = await keep(["203.0.113.7/32", "203.0.113.8/32"]);
      expect(harness.enforcer.plan(wanted, await harness.enforcer.observe())).toEqual([]);
    });

    test("applies a change twice as it does once, and says in a line what it is", async () => {
      const { harness } = await rig(open);
      const changes = harness.enforcer.plan(wantedOf(["203.0.113.7/32"]), await harness.enforcer.observe());
      expect(changes.flatMap(({ cidrs }) => cidrs)).toEqual(["203.0.113.7/32"]);
      expect(changes.map(({ sentence }) => sentence).join("\n")).toMatch(/^.*203\.0\.113\.7.*$/);
      for (const change of [...changes, ...changes]) await harness.enforcer.apply(change);
      expect(await harness.blocked()).toEqual(["203.0.113.7/32"]);
      const removal = harness.enforcer.plan([], await harness.enforcer.observe());
      for (const change of [...removal, ...removal]) await harness.enforcer.apply(change);
      expect(await harness.blocked()).toEqual([]);
    });

    test("plans without touching anything", async () => {
      const { harness } = await rig(open);
      harness.enforcer.plan(wantedOf(["203.0.113.7/32"]), await harness.enforcer.observe());
      expect(await harness.blocked()).toEqual([]);
    });

    test("repairs what a stranger took away or changed", async () => {
      const { harness, keep } = await rig(open);
      const wanted = await keep(["203.0.113.7/32", "203.0.113.8/32"]);
      await harness.remove("203.0.113.7/32");
      await harness.spoil("203.0.113.8/32");
      expect(harness.enforcer.plan(wanted, await harness.enforcer.observe())).not.toEqual([]);
      await keep(["203.0.113.7/32", "203.0.113.8/32"]);
      expect(await sorted(harness)).toEqual(["203.0.113.7/32", "203.0.113.8/32"]);
      expect(harness.enforcer.plan(wanted, await harness.enforcer.observe())).toEqual([]);
    });

    test("never touches what is not its own, though it stand in the way", async () => {
      const { harness, keep, stateOf } = await rig(open);
      await harness.add("198.51.100.1/32");
      await harness.add("203.0.113.7/32");
      await keep(["203.0.113.7/32", "203.0.113.8/32"]);
      expect(stateOf("203.0.113.8/32")?.state).toBe("enforced");
      await keep([]);
      expect(await sorted(harness)).toEqual(["198.51.100.1/32", "203.0.113.7/32"]);
    });

    test("says which blocks it has no room for, and takes them when room comes", async () => {
      const { harness, keep, stateOf } = await rig(open);
      const five = Array.from({ length: CAPACITY + 1 }, (_, host) => `203.0.113.${host}/32`);
      await keep(five);
      expect(await sorted(harness)).toEqual(five.slice(0, CAPACITY));
      expect(stateOf("203.0.113.4/32")?.state).toBe("over_capacity");
      await keep(five.slice(1));
      expect(await sorted(harness)).toEqual(five.slice(1));
    });

    test("counts what a stranger put there against its room", async ({ skip }) => {
      const { harness, keep, stateOf } = await rig(open);
      if (harness.sharesRoom === false) skip("what strangers put there takes up no room of ours");
      await harness.add("198.51.100.1/32");
      const four = Array.from({ length: CAPACITY }, (_, host) => `203.0.113.${host}/32`);
      await keep(four);
      expect(await sorted(harness)).toEqual(["198.51.100.1/32", ...four.slice(0, CAPACITY - 1)]);
      expect(stateOf("203.0.113.3/32")?.state).toBe("over_capacity");
    });

    test("follows a block that is made longer or shorter, and lets it go at its end", async () => {
      const { harness, keep, clock } = await rig(open);
      await keep(["203.0.113.7/32"], START_MS + 60_000);
      await keep(["203.0.113.7/32"], START_MS + 120_000);
      clock.advanceTo(START_MS + 60_000);
      expect(await harness.blocked()).toEqual(["203.0.113.7/32"]);
      clock.advanceTo(START_MS + 120_000);
      await keep([]);
      expect(await harness.blocked()).toEqual([]);
    });

    test("finds after a kill what it left, and goes on with it", async () => {
      const { harness, keep } = await rig(open);
      const wanted = await keep(["203.0.113.7/32", "2001:db8:bad::/64"]);
      const again = await harness.reopen();
      expect(again.plan(wanted, await again.observe())).toEqual([]);
      const changes = again.plan(wantedOf(["203.0.113.8/32"]), await again.observe());
      for (const change of changes) await again.apply(change);
      expect(await sorted(harness)).toEqual(["203.0.113.8/32"]);
      await again.close();
    });

    test("says what went wrong while the place is in trouble, and has all in place once it is not", async ({ skip }) => {
      const { harness, keep, stateOf, pass } = await rig(open);
      if (harness.trouble === undefined) skip("this place cannot fail");
      await keep(["203.0.113.7/32"]);
      const mend = await harness.trouble!();
      await keep(["203.0.113.7/32", "203.0.113.8/32"]);
      expect(stateOf("203.0.113.8/32")).toMatchObject({ state: "failed", why: expect.stringMatching(/\w+ \w+/) });
      await mend();
      await pass();
      expect(await sorted(harness)).toEqual(["203.0.113.7/32", "203.0.113.8/32"]);
      expect(stateOf("203.0.113.8/32")?.state).toBe("enforced");
    });

    test("repairs by the next pass of the period what a stranger did, though nothing new was decided", async () => {
      const { harness, keep, pass } = await rig(open);
      await keep(["203.0.113.7/32", "203.0.113.8/32"]);
      await harness.remove("203.0.113.7/32");
      await pass();
      expect(await sorted(harness)).toEqual(["203.0.113.7/32", "203.0.113.8/32"]);
    });

    test("leaves what is blocked in place when it closes", async () => {
      const { harness, keep } = await rig(open);
      await keep(["203.0.113.7/32"]);
      await harness.enforcer.close();
      expect(await harness.blocked()).toEqual(["203.0.113.7/32"]);
    });
  });
}

/** A point with its keeper. `keep` wants just these from now on and resolves when that has been tried. */
async function rig(open: (clock: VirtualClock) => Promise<EnforcerHarness>) {
  const clock = new VirtualClock(START_MS);
  const harness = await open(clock);
  let wanted: WantedBlock[] = [];
  const keeper = new Keeper<WantedBlock, unknown, EnforcerChange>({
    name: "suite",
    place: harness.enforcer,
    naming: { keyOf: ({ cidr }) => cidr, priorityOf: ({ priority }) => priority, keysOf: ({ cidrs }) => cidrs },
    wanted: () => wanted,
    clock,
    steps: new Steps(clock),
    log: silentLog,
    counters: new Counters(),
    pace: { backoff: { firstMs: 1, mostMs: 1 } },
  });
  const keep = async (cidrs: readonly string[], untilMs?: number): Promise<WantedBlock[]> => {
    wanted = wantedOf(cidrs, untilMs);
    // A pass that the clock began while the test moved it comes to its end first.
    await keeper.settled();
    await setImmediate();
    keeper.poke();
    clock.advanceTo(clock.nowMs() + 20);
    await keeper.settled();
    await setImmediate();
    return wanted;
  };
  /** A whole period goes by. */
  const pass = async (): Promise<void> => {
    clock.advanceTo(clock.nowMs() + 60_000);
    await keeper.settled();
    await setImmediate();
  };
  return { clock, harness, keep, pass, stateOf: (cidr: string) => keeper.stateOf(cidr) };
}

function wantedOf(cidrs: readonly string[], untilMs?: number): WantedBlock[] {
  return cidrs.map((cidr) => ({ cidr, untilMs, priority: 1 }));
}

async function sorted(harness: EnforcerHarness): Promise<string[]> {
  return (await harness.blocked()).toSorted();
}
