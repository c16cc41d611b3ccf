import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { openJournal } from "../../src/journal/index.ts";
import { Counters, silentLog } from "../../src/kit/index.ts";

const DIST = resolve("dist/journal/index.js");
const ROUNDS = 12;
const STATE_BYTES = 300_000;

// The child counts: each number is the position of a source and the state of a statement at once, and is said once its checkpoint is kept.
const CHILD = `
  const [dist, dir] = process.argv.slice(1);
  const { openJournal } = await import(dist + "/journal/index.js");
  const { Counters, silentLog } = await import(dist + "/kit/index.js");
  const journal = await openJournal({ dir, log: silentLog, counters: new Counters() });
  for (let count = (journal.positions.get("log") ?? 0) + 1; ; count++) {
    journal.positions.set("log", count);
    await journal.checkpoint(() => new Map([["count", Buffer.alloc(${STATE_BYTES}, String(count) + " ")]]));
    console.log(count);
  }
`;

test.skipIf(!existsSync(DIST))(
  "a process that is killed at any instant finds what it had kept, position and state alike (needs npm run build)",
  async () => {
    const dir = mkdtempSync(join(tmpdir(), "hotaka-journal-kill-"));
    let kept = 0;
    for (let round = 0; round < ROUNDS; round++) {
      kept = await killAfter(dir, round % 4);
      const journal = await openJournal({
        dir,
        log: { ...silentLog, error: (sentence) => expect.fail(sentence) },
        counters: new Counters(),
      });
      const found = Number(journal.positions.get("log") ?? 0);
      expect(found).toBeGreaterThanOrEqual(kept);
      const state = Buffer.from(journal.states().get("count") ?? []);
      expect(state.equals(Buffer.alloc(found === 0 ? 0 : STATE_BYTES, `${found} `))).toBe(true);
    }
    expect(kept).toBeGreaterThan(ROUNDS);
    rmSync(dir, { recursive: true });
  },
);

/** Runs a child until it has said `more` numbers after its first, and kills it wherever it is then. Gives the last number it said. */
async function killAfter(dir: string, more: number): Promise<number> {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", CHILD, resolve("dist"), dir], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let last = 0;
  let said = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    if (++said > more) child.kill("SIGKILL");
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, "close");
  return last;
}
