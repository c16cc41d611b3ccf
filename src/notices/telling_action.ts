import type { Action, ActionContext, ActionRow } from "../component/index.ts";
import { type Notice, testNotice } from "./notice.ts";
import type { NoticeSettings } from "./notice_settings.ts";
import type { NoticeDesk } from "./notices.ts";

/** What an action that tells people is handed beside the rest. */
export interface ChannelContext extends ActionContext {
  readonly notices: NoticeDesk;
}

/** How one action reaches people; what is told, when and how often is the same for all of them. */
export interface Channel {
  /** For people, without secrets: `mail to ops@example.com`. */
  readonly name: string;
  /** Sends a notice and says in a sentence to whom. Rejects with HOTAKA_ACTION_FAILED when it is to be tried again. */
  send(notice: Notice): Promise<string>;
  /** Tells a service that keeps incidents that a person has seen the notice. Rejects as `send`. */
  acknowledge?(notice: Notice, by: string): Promise<string>;
  close?(): Promise<void>;
}

/** The action of a channel: its rows are gathered at the desk, which has the channel send them. */
export function tellingAction(config: NoticeSettings, context: ChannelContext, channel: Channel, escalateAfterMs?: number): Action {
  return new TellingAction(config, context, channel, escalateAfterMs);
}

class TellingAction implements Action {
  readonly #config: NoticeSettings;
  readonly #context: ChannelContext;
  readonly #channel: Channel;
  readonly #desk: ReturnType<NoticeDesk["open"]> | undefined;

  constructor(config: NoticeSettings, context: ChannelContext, channel: Channel, escalateAfterMs: number | undefined) {
    this.#config = config;
    this.#context = context;
    this.#channel = channel;
    if (context.dryRun) return;
    const { route, family, notices } = context;
    const { name } = channel;
    this.#desk = notices.open({
      name,
      route,
      family,
      settings: config,
      escalateAfterMs,
      send: async (notice) => channel.send(notice),
      ...(channel.acknowledge === undefined ? {} : { acknowledge: async (notice: Notice, by: string) => channel.acknowledge!(notice, by) }),
    });
  }

  async perform(row: ActionRow): Promise<string> {
    if (this.#desk === undefined) return `would tell ${this.#channel.name}: ${this.#config.subject(row)}`;
    return this.#desk.take(row);
  }

  /** A message that says what it is, to see whether it arrives. */
  async test(): Promise<string> {
    return this.#channel.send(testNotice(this.#context.clock.nowMs()));
  }

  async close(): Promise<void> {
    await this.#desk?.close();
    await this.#channel.close?.();
  }
}
