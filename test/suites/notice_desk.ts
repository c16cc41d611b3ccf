import { setImmediate } from "node:timers/promises";
import { Counters, type Database, type Log, openDatabase, Steps, type VirtualClock } from "../../src/kit/index.ts";
import { type NoticeBlocks, type NoticeBounds, NOTICE_MIGRATIONS, Notices } from "../../src/notices/index.ts";
import { openOutbox, OUTBOX_MIGRATIONS } from "../../src/outbox/index.ts";

/** A desk with an outbox of its own, in memory, on a clock that the test moves. */
export async function openDesk(clock: VirtualClock, log: Log, wishes: DeskWishes = {}) {
  const databases = {
    notices: await openDatabase({ path: ":memory:", migrations: NOTICE_MIGRATIONS }),
    outbox: await openDatabase({ path: ":memory:", migrations: OUTBOX_MIGRATIONS }),
  };
  return deskOf(databases, clock, log, wishes);
}

function deskOf(databases: { readonly notices: Database; readonly outbox: Database }, clock: VirtualClock, log: Log, wishes: DeskWishes) {
  const { blocks = NOTHING_DECIDED, bounds = {} } = wishes;
  const [steps, counters] = [new Steps(clock), new Counters()];
  const outbox = openOutbox({ database: databases.outbox, clock, steps, log, counters, dir: "/nonexistent", random: () => 1 });
  return {
    notices: new Notices({ database: databases.notices, outbox, blocks, clock, steps, log, counters, bounds }),
    counters,
    /** The daemon is killed, and another one starts on what is on the disk. */
    restart: async () => {
      await steps.stop();
      return deskOf(databases, clock, log, wishes);
    },
    /** What is gathered, as the disk has it. */
    gathered: () =>
      databases.notices
        .all("SELECT group_name, rows FROM wave")
        .map((row) => ({ group: row.text("group_name"), rows: row.number("rows") })),
    /** Lets time pass, and what becomes due happen. */
    pass: async (ms: number): Promise<void> => {
      clock.advanceTo(clock.nowMs() + ms);
      // What the clock has woken runs as a step, and only then is the outbox busy.
      for (let turn = 0; turn < 5; turn++) await setImmediate();
      await outbox.idle();
    },
  };
}

interface DeskWishes {
  readonly blocks?: NoticeBlocks;
  readonly bounds?: Partial<NoticeBounds>;
}

/** A block list that has never heard of anybody. */
export const NOTHING_DECIDED: NoticeBlocks = {
  why: (address) => ({ address, protectedBy: undefined, inForce: [], decisions: [], strikes: 0, sentences: [] }),
};
