import type { GivenEvent } from "../actions/index.ts";
import type { OpenIntake } from "../component/index.ts";
import type { Row } from "../event/index.ts";
import type { Inbox, InboxLog } from "../journal/index.ts";
import {
  type Clock,
  HotakaError,
  type Log,
  messageOf,
  type MsgpackValue,
  msgpackOf,
  MsgpackReader,
  oneLine,
  type Steps,
} from "../kit/index.ts";
import type { Outgoing } from "../outbox/index.ts";
import type { Routes } from "../routes/index.ts";
import { pause } from "./pause.ts";

export interface GivenEventsOptions {
  readonly inboxLog: InboxLog;
  readonly routes: Routes;
  readonly outgoing: Outgoing;
  /** Whether some action answers events of a tag. */
  readonly isAnswered: (tag: string) => boolean;
  readonly clock: Clock;
  readonly steps: Steps;
  readonly log: Log;
}

/**
 * Events that actions give back under a tag: to the target that their tag leads to, and as rows to the actions whose `match` fits it. They are
 * in the write-ahead log before either has them, and an action has each once, by its key, however often the log is read.
 *
 *     record = [ tag, key, time in ms, event ] as MessagePack
 */
export class GivenEvents {
  readonly #options: GivenEventsOptions;
  readonly #inbox: Inbox;
  readonly #touched = new Set<OpenIntake>();

  constructor(options: GivenEventsOptions) {
    this.#options = options;
    this.#inbox = options.inboxLog.inbox(
      "given",
      (record) => this.#take(record),
      () => this.#flush(),
    );
  }

  /** Resolves when the event is safe and taken; waits while there is no room. Rejects with HOTAKA_STOPPING. */
  async give({ tag, key, timeMs, event }: GivenEvent): Promise<void> {
    const { clock, steps, log } = this.#options;
    const record = Buffer.from(msgpackOf([tag, key, timeMs, event as MsgpackValue]));
    for (;;) {
      try {
        await this.#inbox.append(record, clock.nowMs());
        return;
      } catch (thrown) {
        if (steps.stopping || !(thrown instanceof HotakaError) || thrown.code === "HOTAKA_STOPPING") throw thrown;
        if (thrown.code === "HOTAKA_INBOX_RECORD") {
          log.error(`an event tagged ${tag} was given up: ${thrown.message}`);
          return;
        }
        if (thrown.code !== "HOTAKA_INBOX_FULL") await pause(clock, DISK_RETRY_MS, steps.signal);
        await this.#inbox.room();
      }
    }
  }

  #take(record: Buffer): void {
    const [tag, key, timeMs, event] = new MsgpackReader(record).value() as unknown as [string, string, number, Row];
    const { routes, outgoing, isAnswered, log } = this.#options;
    outgoing.add({ key, query: tag, timeMs, row: event });
    // Where actions have it, that it leads to no target is no loss.
    if (!routes.takes(tag) && isAnswered(tag)) return;
    try {
      const intake = routes.open(tag);
      if (intake.columns.take(event, timeMs)) this.#touched.add(intake);
    } catch (thrown) {
      if (!(thrown instanceof HotakaError)) throw thrown;
      log.warn(`an event tagged ${oneLine(tag, 200)} led to no target, only to actions: ${messageOf(thrown)}`);
    }
  }

  #flush(): void {
    for (const { columns } of this.#touched) columns.flush();
    this.#touched.clear();
    this.#options.outgoing.flush();
  }
}

const DISK_RETRY_MS = 1000;
