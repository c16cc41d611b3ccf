import { renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { Following } from "../../../test/suites/following.ts";

const GENERATIONS = 12;

/** What may happen to a log and to the daemon that follows it. */
const HAPPENING = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("write" as const), count: fc.integer({ min: 1, max: 4 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("read" as const) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("rotate" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("restart" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("stop" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.constantFrom(100, 3000, 10_000) }) },
);

test.each(["rename", "copyAndTruncate"] as const)("whatever happens, each line is an event once, with rotation by %s", (how) => {
  fc.assert(
    fc.property(fc.array(HAPPENING, { minLength: 5, maxLength: 40 }), (happenings) => {
      const log = new Following();
      try {
        log.start();
        log.write(1);
        log.read();
        let rotations = 0;
        for (const happening of happenings) {
          if (happening.kind === "write") log.write(happening.count);
          if (happening.kind === "read") log.read();
          if (happening.kind === "pass") log.pass(happening.ms);
          if (happening.kind === "restart" || happening.kind === "stop") log.stop();
          if (happening.kind === "restart" || (happening.kind === "read" && log.follower === undefined)) begin(log, how);
          if (happening.kind !== "rotate" || ++rotations > GENERATIONS) continue;
          for (let older = GENERATIONS; older > 0; older--) move(log, `access.log.${older}`, `access.log.${older + 1}`);
          log[how]();
          log.write(1);
          if (how === "copyAndTruncate") log.read();
        }
        if (log.follower === undefined) begin(log, how);
        log.readOut();
        expect(log.seen.toSorted((left, right) => left - right)).toEqual(log.written);
      } finally {
        log.stop();
        rmSync(log.folder, { recursive: true });
      }
    }),
    { numRuns: 150 },
  );
});

/** A log that is truncated before anything of it was read has nothing to be known by in its copy, so something is read at once. */
function begin(log: Following, how: "rename" | "copyAndTruncate"): void {
  log.start();
  if (how === "copyAndTruncate") log.read();
}

function move(log: Following, from: string, to: string): void {
  if (statSync(join(log.folder, from), { throwIfNoEntry: false }) !== undefined) renameSync(join(log.folder, from), join(log.folder, to));
}
