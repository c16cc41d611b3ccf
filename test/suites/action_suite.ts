import { z } from "zod";
import { describe, expect, onTestFinished, test } from "vitest";
import type { Action, ActionContext, ActionDefinition, ActionRow } from "../../src/component/index.ts";
import { Counters, type Log, Steps, VirtualClock } from "../../src/kit/index.ts";

/** One action, and what it did to the world. */
export interface ActionHarness<Config, Context extends ActionContext> {
  readonly definition: ActionDefinition<Config, Context>;
  /** Settings as a user writes them. */
  readonly settings: unknown;
  /** A row that it can perform. */
  readonly row: ActionRow;
  /** What the action needs beside the rest. */
  complete(context: ActionContext): Context;
  /** Everything that it has changed outside of itself, so that two worlds can be compared. */
  effects(): readonly unknown[];
}

/** What every action must keep: performing a row twice is performing it once, it names its undo, and a dry run touches nothing. */
export function describeAction<Config, Context extends ActionContext>(
  name: string,
  open: (log: Log, clock: VirtualClock) => Promise<ActionHarness<Config, Context>>,
): void {
  describe(`${name} as an action`, () => {
    test("performs a row, and says in one line what it did", async () => {
      const { harness, perform } = await rig(open, false);
      expect(await perform(harness.row)).toMatch(/^\S.*$/);
      expect(harness.effects()).not.toEqual([]);
    });

    test("performs a row that comes again as if it came once", async () => {
      const { harness, perform } = await rig(open, false);
      const said = await perform(harness.row);
      const effects = structuredClone(harness.effects());
      expect(await perform(harness.row)).toBe(said);
      expect(harness.effects()).toEqual(effects);
    });

    test("performs two rows with the same content and different keys twice", async () => {
      const { harness, perform } = await rig(open, false);
      await perform(harness.row);
      const effects = structuredClone(harness.effects());
      await perform({ ...harness.row, key: `${harness.row.key} again` });
      expect(harness.effects()).not.toEqual(effects);
    });

    test("touches nothing in a dry run, and says what it would have done", async () => {
      const { harness, perform } = await rig(open, true);
      expect(await perform(harness.row)).toMatch(/^\S.*$/);
      expect(harness.effects()).toEqual([]);
    });

    test("neither breaks nor is tried again at a row without the fields it wants", async () => {
      const { harness, perform } = await rig(open, false);
      expect(await perform({ ...harness.row, row: { nothing: null } })).toMatch(/^\S.*$/);
    });

    test("names its undo in a sentence, and its examples are settings it takes", async () => {
      const { harness } = await rig(open, false);
      const { undo, examples, config } = harness.definition;
      expect(undo).toMatch(/^[A-Z`].*\.$/);
      expect(examples.map((example) => config(z).safeParse(example).error)).toEqual(examples.map(() => undefined));
      expect(config(z).safeParse({ no_such_setting: 1 }).success).toBe(false);
    });
  });
}

async function rig<Config, Context extends ActionContext>(
  open: (log: Log, clock: VirtualClock) => Promise<ActionHarness<Config, Context>>,
  dryRun: boolean,
): Promise<{ harness: ActionHarness<Config, Context>; perform: Action["perform"] }> {
  const clock = new VirtualClock(START_MS);
  const lines: string[] = [];
  const write = (sentence: string): void => void lines.push(sentence);
  const log: Log & { lines: string[] } = { debug: write, info: write, warn: write, error: write, lines };
  const harness = await open(log, clock);
  const context = harness.complete({
    name: `actions[0] (${harness.definition.name})`,
    route: `${harness.definition.name} block.** 5f0c1a9e`,
    family: `${harness.definition.name} block.**`,
    folder: "/",
    dryRun,
    clock,
    steps: new Steps(clock),
    log,
    counters: new Counters(),
  });
  const action = await harness.definition.open(harness.definition.config(z).parse(harness.settings), context);
  onTestFinished(() => action.close());
  return { harness, perform: (row) => action.perform(row) };
}

const START_MS = 1_763_632_800_000;
