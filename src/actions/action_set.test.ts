import { beforeEach, expect, test } from "vitest";
import { type ActionContext, defineAction } from "../component/index.ts";
import { compileMatch, Counters, HotakaError, silentLog, Steps, VirtualClock } from "../kit/index.ts";
import type { Route } from "../outbox/index.ts";
import { ActionSet, type WantedAction } from "./action_set.ts";

let happened: string[];
let routed: Map<string, Route>;
let set: ActionSet<ActionContext>;

beforeEach(() => {
  happened = [];
  routed = new Map();
  const clock = new VirtualClock();
  set = new ActionSet({
    outbox: {
      route: (route) => {
        routed.set(route.action, route);
        return { close: async () => void routed.delete(route.action) };
      },
    },
    context: (own) => ({ ...own, folder: "/", clock, steps: new Steps(clock), log: silentLog, counters: new Counters() }),
  });
});

const told = defineAction({
  name: "told",
  summary: "Writes down its life.",
  undo: "none",
  config: (z) => z.strictObject({ as: z.string() }),
  examples: [],
  open: async ({ as }, { name, dryRun }) => {
    if (as === "broken") throw new HotakaError("HOTAKA_ACTION_FAILED", "it is broken.");
    happened.push(`open ${as} as ${name}${dryRun ? " dry" : ""}`);
    return {
      perform: async () => as,
      close: async () => void happened.push(`close ${as}`),
    };
  },
});

function wanted(as: string, index = 0, dryRun = false): WantedAction<ActionContext> {
  const match = "block.**";
  return {
    name: `actions[${index}] (told)`,
    definition: told,
    config: { as },
    identity: JSON.stringify({ as, dryRun }),
    match,
    fits: compileMatch(match),
    dryRun,
  };
}

test("actions get rows once they are committed, under a name that does not depend on their place", async () => {
  const { commit } = await set.prepare([wanted("a"), wanted("b", 1, true)]);
  expect(routed.size).toBe(0);
  await commit();
  const names = [...routed.keys()];
  expect(names).toEqual([expect.stringMatching(/^told block\.\*\* [0-9a-f]{8}$/), expect.stringMatching(/^told /)]);
  expect(happened).toEqual(["open a as actions[0] (told)", "open b as actions[1] (told) dry"]);

  await (await set.prepare([wanted("b", 0, true), wanted("a", 1)])).commit();
  expect([...routed.keys()]).toEqual(names);
  expect(happened).toHaveLength(2);
});

test("two actions of the same text both work", async () => {
  await (await set.prepare([wanted("a"), wanted("a", 1)])).commit();
  expect(routed.size).toBe(2);
});

test("what is no longer wanted ends, and the rest goes on undisturbed", async () => {
  await (await set.prepare([wanted("a"), wanted("b", 1)])).commit();
  happened = [];
  await (await set.prepare([wanted("b"), wanted("c", 1)])).commit();
  expect(happened).toEqual(["open c as actions[1] (told)", "close a"]);
  expect(routed.size).toBe(2);
});

test("when one cannot be opened nothing has changed", async () => {
  await (await set.prepare([wanted("a")])).commit();
  const names = [...routed.keys()];
  await expect(set.prepare([wanted("b"), wanted("broken", 1)])).rejects.toThrow("it is broken");
  expect([...routed.keys()]).toEqual(names);
  expect(happened).toEqual(["open a as actions[0] (told)", "open b as actions[0] (told)", "close b"]);
});

test("a change that is abandoned closes what was opened for it", async () => {
  await (await set.prepare([wanted("a")])).abandon();
  expect(happened.at(-1)).toBe("close a");
  expect(routed.size).toBe(0);
});

test("closing ends them all", async () => {
  await (await set.prepare([wanted("a"), wanted("b", 1)])).commit();
  await set.close();
  expect(routed.size).toBe(0);
  expect(happened.slice(2)).toEqual(["close a", "close b"]);
});
