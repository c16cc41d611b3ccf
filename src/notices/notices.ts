import type { ActionRow } from "../component/index.ts";
import { type Clock, type Counters, type Database, HotakaError, type Log, messageOf, type Steps, type Timer } from "../kit/index.ts";
import type { Outbox, OutboxRow } from "../outbox/index.ts";
import { composeNotice, type NoticeBlocks, thingName } from "./compose.ts";
import type { Notice } from "./notice.ts";
import type { NoticeSettings } from "./notice_settings.ts";
import { quietUntilMs } from "./quiet_hours.ts";
import { type Wave, WaveStore } from "./wave_store.ts";

export type { NoticeBlocks } from "./compose.ts";

/** One place where people are told, as its action opens it. */
export interface NoticeChannel {
  /** For people, without secrets: `mail to ops@example.com`. */
  readonly name: string;
  /** The name of its action's route: the same at the next start. */
  readonly route: string;
  /** What a channel that is changed has in common with what it was: the waves of the one go to the other. */
  readonly family: string;
  readonly settings: NoticeSettings;
  /** How long it may stay unacknowledged before it is sent once more, to those whom that concerns; undefined is for ever. */
  readonly escalateAfterMs: number | undefined;
  /** Sends a notice and says in a sentence to whom. Rejects with a HotakaError when it is to be tried again. */
  send(notice: Notice): Promise<string>;
  /** Where a service is to hear that a person has seen a notice: tells it, as `send` does. */
  acknowledge?(notice: Notice, by: string): Promise<string>;
}

/** Where channels hand over what they are to tell. */
export interface NoticeDesk {
  /** Opens a channel; what waited for it from before is taken up. */
  open(channel: NoticeChannel): { readonly take: (row: ActionRow) => Promise<string>; readonly close: () => Promise<void> };
  /**
   * A person has seen a notice, `n17`: it is not sent again. Says so in a sentence. Throws HOTAKA_NOTICE_NOT_FOUND when there is no such
   * notice, or it has not been sent.
   */
  acknowledge(id: string, by: string): string;
}

export interface NoticesOptions {
  /** Opened with `NOTICE_MIGRATIONS`. It stays the caller's to close. */
  readonly database: Database;
  readonly outbox: Pick<Outbox, "route" | "send" | "withdraw">;
  readonly blocks: NoticeBlocks;
  readonly clock: Clock;
  readonly steps: Steps;
  readonly log: Log;
  readonly counters: Counters;
  readonly bounds?: Partial<NoticeBounds>;
}

/** How much is gathered, and for how long it is remembered. */
export interface NoticeBounds {
  /** Different things in one wave; more are counted and not named. */
  readonly thingsMax: number;
  /** How long what was told, and the key of a row, is remembered. */
  readonly keepMs: number;
  /** How long a wave waits for a channel that the settings no longer name, before it is given up. */
  readonly orphanKeepMs: number;
}

/** A month of memory; a wave that needs more things named is read by nobody. */
export const NOTICE_BOUNDS: NoticeBounds = { thingsMax: 1000, keepMs: 30 * 86_400_000, orphanKeepMs: 86_400_000 };

/**
 * Gathers what people are to be told into waves, and tells each once: `group_wait` after its first row, `group_interval` after the last
 * message about the same group, and not in quiet hours. A wave is on the disk before `take` resolves; its message goes through the
 * outbox, which tries it again and keeps it as a dead letter when that is in vain.
 */
export class Notices implements NoticeDesk {
  readonly #options: NoticesOptions;
  readonly #bounds: NoticeBounds;
  readonly #store: WaveStore;
  readonly #channels = new Map<string, NoticeChannel>();
  readonly #tidying: Timer;
  #timer: Timer | undefined;

  constructor(options: NoticesOptions) {
    this.#options = options;
    this.#bounds = { ...NOTICE_BOUNDS, ...options.bounds };
    this.#store = new WaveStore(options.database);
    this.#tidying = options.steps.every(
      "notices: tidy",
      TIDY_PERIOD_MS,
      () => this.#tidy(),
      (thrown) => options.log.error(`notices: could not be tidied: ${messageOf(thrown)}`),
    );
  }

  open(channel: NoticeChannel): ReturnType<NoticeDesk["open"]> {
    const { route } = channel;
    const performer = { perform: async (row: OutboxRow) => this.#send(channel, row) };
    const outgoing = this.#options.outbox.route({ action: outgoingOf(route), match: () => false, performer });
    this.#channels.set(route, channel);
    // A daemon that was killed between two writes has a wave on its way that the outbox has not.
    for (const wave of this.#store.inState("sending")) if (wave.channel === route) this.#putOut(wave);
    this.#arm();
    return {
      take: async (row) => this.#take(channel, row),
      close: async () => {
        await outgoing.close();
        this.#channels.delete(route);
        if (!this.#options.steps.stopping) this.#store.transaction(() => this.#adopt(this.#options.clock.nowMs()));
      },
    };
  }

  acknowledge(id: string, by: string): string {
    const wave = /^n\d{1,15}$/.test(id) ? this.#store.wave(Number(id.slice(1))) : undefined;
    if (wave?.toldMs === undefined || wave.toldMs === null) {
      throw new HotakaError("HOTAKA_NOTICE_NOT_FOUND", `There is no notice ${id} that was sent. Its number stands in its message.`);
    }
    if (wave.acknowledgedBy !== null) return `${id} was acknowledged by ${wave.acknowledgedBy} already.`;
    this.#store.acknowledge(wave.id, by, this.#options.clock.nowMs());
    if (this.#channels.get(wave.channel)?.acknowledge !== undefined) this.#passOn(wave, by);
    return `${id} (${wave.group}) is acknowledged by ${by}.`;
  }

  close(): void {
    this.#timer?.cancel();
    this.#tidying.cancel();
  }

  async #take(channel: NoticeChannel, row: ActionRow): Promise<string> {
    const { settings } = channel;
    const nowMs = this.#options.clock.nowMs();
    const group = settings.group_by(row);
    if (this.#store.transaction(() => this.#gather(channel, group, row, nowMs))) this.#arm();
    return `${channel.name} is told of ${group}.`;
  }

  /** Puts a row into the wave of its group. False for a row that came before. */
  #gather({ route, family, settings }: NoticeChannel, group: string, row: ActionRow, nowMs: number): boolean {
    if (!this.#store.take(route, row.key, nowMs)) return false;
    const name = thingName(row, settings);
    const open = this.#store.openWave(route, group);
    const dueMs = open?.dueMs ?? this.#dueMs(route, group, settings, row, nowMs);
    const wave = open?.id ?? this.#store.begin({ channel: route, family, group, dueMs }, row.timeMs, nowMs);
    const isNamed = this.#store.add(wave, { name, query: row.query, timeMs: row.timeMs, row: row.row }, this.#bounds.thingsMax);
    if (!isNamed)
      this.#counter("notices_things_unnamed", "Things that were counted and not named, as a message held too many.", route).add();
    return true;
  }

  #dueMs(route: string, group: string, settings: NoticeSettings, row: ActionRow, nowMs: number): number {
    const lastMs = this.#store.lastToldMs(route, group);
    const dueMs = Math.max(nowMs + settings.group_wait, lastMs === undefined ? 0 : lastMs + settings.group_interval);
    const { quiet_hours: quiet } = settings;
    return quiet === undefined || quiet.except(row.query) ? dueMs : (quietUntilMs(quiet, dueMs) ?? dueMs);
  }

  /** Wakes when the next wave is due. One timer, however many there are. */
  #arm(): void {
    this.#timer?.cancel();
    const { clock, steps, log } = this.#options;
    const dueMs = this.#store.nextDueMs();
    if (dueMs === undefined || steps.stopping) return;
    this.#timer = clock.after(Math.max(0, dueMs - clock.nowMs()), () => {
      void steps
        .run("notices", () => this.#work())
        .catch((thrown: unknown) => {
          if (!steps.stopping) log.error(`notices: ${messageOf(thrown)} It is tried again within a minute.`);
        });
    });
  }

  #work(): void {
    const { clock } = this.#options;
    const nowMs = clock.nowMs();
    for (const wave of this.#store.due(nowMs)) this.#close(wave, nowMs);
    for (const wave of this.#store.unacknowledged(nowMs)) this.#escalate(wave);
    this.#arm();
  }

  /** A wave is due: its message goes out, unless all of it was told before. */
  #close(wave: Wave, nowMs: number): void {
    const channel = this.#channels.get(wave.channel);
    // It waits for its channel, or for one of its family: see `#adopt`.
    if (channel === undefined) return this.#store.put(wave.id, "open", nowMs + TIDY_PERIOD_MS);
    const { repeat_interval: repeatMs } = channel.settings;
    const isKnown = ({ name }: { readonly name: string }): boolean => {
      const toldMs = this.#store.toldMs(wave.channel, wave.group, name);
      return toldMs !== undefined && nowMs - toldMs < repeatMs;
    };
    const things = this.#store.things(wave.id, this.#bounds.thingsMax);
    if (wave.things === things.length && things.every(isKnown)) {
      this.#counter("notices_repeated", "Rows that were not told because the same was told before.", wave.channel).add(wave.rows);
      return this.#store.remove(wave.id);
    }
    this.#store.put(wave.id, "sending", nowMs);
    this.#putOut(wave);
  }

  #putOut(wave: Wave): void {
    const row = { wave: wave.id, escalation: false };
    this.#options.outbox.send(outgoingOf(wave.channel), { key: keyOf(wave), query: wave.group, timeMs: wave.toMs, row });
  }

  #escalate(wave: Wave): void {
    this.#store.escalated(wave.id);
    if (!this.#channels.has(wave.channel)) return;
    const row = { wave: wave.id, escalation: true };
    const key = `${keyOf(wave)} escalation`;
    this.#options.outbox.send(outgoingOf(wave.channel), { key, query: wave.group, timeMs: wave.toMs, row });
  }

  /** A service that keeps incidents hears of it by the way of the messages, which are tried until they come there. */
  #passOn(wave: Wave, by: string): void {
    const row = { wave: wave.id, acknowledged_by: by };
    const key = `${keyOf(wave)} acknowledged`;
    this.#options.outbox.send(outgoingOf(wave.channel), { key, query: wave.group, timeMs: wave.toMs, row });
  }

  /** Sends the message of a wave: called by the outbox until it succeeds. */
  async #send(channel: NoticeChannel, { row }: OutboxRow): Promise<string> {
    const wave = this.#store.wave(Number(row["wave"]));
    const { acknowledged_by: acknowledgedBy } = row;
    if (wave !== undefined && typeof acknowledgedBy === "string") return this.#acknowledge(channel, wave, acknowledgedBy);
    const isEscalation = row["escalation"] === true;
    if (wave === undefined || (wave.state === "told" && !isEscalation)) return "the notice was sent before.";
    if (isEscalation && wave.acknowledgedMs !== null) return `${wave.group} was acknowledged meanwhile.`;
    const { clock, blocks } = this.#options;
    const { settings, escalateAfterMs, route } = channel;
    const composed = composeNotice(wave, this.#store.things(wave.id, settings.rows_shown_max), settings, blocks);
    const notice = {
      ...composed,
      unacknowledgedMs: isEscalation ? clock.nowMs() - (wave.toldMs ?? clock.nowMs()) : undefined,
      acknowledge: escalateAfterMs === undefined ? undefined : `hotaka notify ack ${composed.id}`,
    };
    const said = await channel.send(notice);
    if (!isEscalation) {
      const nowMs = clock.nowMs();
      this.#store.transaction(() => this.#store.told(wave, nowMs, escalateAfterMs === undefined ? null : nowMs + escalateAfterMs));
    }
    this.#counter("notices_sent", "Messages sent to people.", route).add();
    this.#arm();
    return said;
  }

  async #acknowledge(channel: NoticeChannel, wave: Wave, by: string): Promise<string> {
    const notice = composeNotice(wave, [], channel.settings, this.#options.blocks);
    return (await channel.acknowledge?.(notice, by)) ?? `${wave.group} is acknowledged by ${by}.`;
  }

  #tidy(): void {
    const { clock } = this.#options;
    this.#store.transaction(() => this.#adopt(clock.nowMs()));
    this.#store.forget(clock.nowMs() - this.#bounds.keepMs, FORGET_AT_ONCE_MAX);
    this.#work();
  }

  /** A channel whose settings were changed is another one: it takes over what waited for the one before. */
  #adopt(nowMs: number): void {
    const { log, outbox } = this.#options;
    for (const wave of [...this.#store.inState("open"), ...this.#store.inState("sending")]) {
      if (this.#channels.has(wave.channel)) continue;
      const heir = [...this.#channels.values()].find(({ family }) => family === wave.family);
      if (heir !== undefined) {
        outbox.withdraw(outgoingOf(wave.channel), keyOf(wave));
        this.#store.adopt(wave.id, heir.route, nowMs);
      } else if (nowMs - wave.openedMs > this.#bounds.orphanKeepMs) {
        this.#store.remove(wave.id);
        this.#counter("notices_orphaned", "Messages given up because no channel is there for them any more.", wave.channel).add();
        log.error(
          `notices: a message about ${wave.group} (${wave.rows} rows) was given up: the settings name no ${wave.channel} any more.`,
        );
      }
    }
  }

  #counter(name: string, help: string, route: string) {
    return this.#options.counters.counter(name, help, { action: route });
  }
}

function keyOf(wave: Wave): string {
  return `notice ${wave.id}`;
}

function outgoingOf(route: string): string {
  return `${route} notice`;
}

const TIDY_PERIOD_MS = 60_000;
const FORGET_AT_ONCE_MAX = 5000;
