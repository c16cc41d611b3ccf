import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import type { Source, SourceDefinition } from "../../src/component/index.ts";
import { componentSuite } from "./component_suite.ts";
import { FakeSourceContext } from "./source_fakes.ts";

/** How the suite makes a source at work: settings for a source that brings `events` events to the target `events`. */
export type SourceSetUp = (folder: string) => SourceAtWork;

interface SourceAtWork {
  readonly settings: unknown;
  readonly events: number;
  /** For a source that is sent its events: sends them, and resolves when they have gone. Others bring them by themselves. */
  readonly send?: (source: Source) => Promise<void>;
}

/** What every source promises. */
export function sourceSuite<Config>(definition: SourceDefinition<Config>, setUp: SourceSetUp): void {
  describe(`source ${definition.name}, as every source,`, () => {
    componentSuite(definition);

    let folder: string;
    let context: FakeSourceContext;
    let opened: Source[];
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), "hotaka-source-"));
      context = new FakeSourceContext({ folder, name: `sources[0] (${definition.name})` });
      opened = [];
    });
    afterEach(async () => {
      for (const source of opened) await source.close();
      rmSync(folder, { recursive: true });
    });

    async function open(settings: unknown): Promise<Source> {
      const source = await definition.open(definition.config(z).parse(settings), context);
      opened.push(source);
      return source;
    }

    test("brings its events to the targets it named, with the fields it named", async () => {
      const { settings, events, send } = setUp(folder);
      const source = await open(settings);
      await send?.(source);
      await pass(context, () => context.events("events").length >= events);
      expect(context.events("events")).toHaveLength(events);
      const named = definition.targets(definition.config(z).parse(settings));
      for (const [target, fields] of Object.entries(named ?? {})) {
        if (fields === "any" || fields === "timed") continue;
        const { schema } = context.intake(target, {});
        expect(Object.fromEntries(schema.fields.map(({ name, type }) => [name, type]))).toEqual(fields);
      }
    });

    test("says how it fares in one line", async () => {
      const source = await open(setUp(folder).settings);
      expect(source.status()).toEqual({ sentence: expect.stringMatching(/^\S[^\n]+$/), ok: true });
      await pass(context, () => false);
      expect(source.status()).toEqual({ sentence: expect.stringMatching(/^\S[^\n]+$/), ok: true });
    });

    test("begins nothing more once the steps have stopped", async () => {
      const { settings, send } = setUp(folder);
      const source = await open(settings);
      await context.steps.stop();
      const before = context.events("events").length;
      await send?.(source).catch(() => {});
      await pass(context, () => false);
      expect(context.events("events")).toHaveLength(before);
      await source.close();
    });

    test("closes at any time, and more than once", async () => {
      const { settings } = setUp(folder);
      const early = await open(settings);
      await early.close();
      await early.close();
      const before = context.events("events").length;
      await pass(context, () => false);
      expect(context.events("events")).toHaveLength(before);
    });
  });
}

/** Lets the source work: the event loop turns and the clock moves by up to a minute, until `isDone`. */
async function pass(context: FakeSourceContext, isDone: () => boolean): Promise<void> {
  for (let second = 0; second < 60 && !isDone(); second++) {
    for (let turn = 0; turn < 5 && !isDone(); turn++) await setImmediate();
    context.clock.advanceTo(context.clock.nowMs() + 1000);
  }
}
