import type { Blocks, Holds } from "../../blocks/index.ts";
import type { Hooks, Secret } from "../../component/index.ts";
import type { ChannelContext, NoticeSettings } from "../../notices/index.ts";

/** Settings of the slack action, as its schema makes them. */
export interface SlackConfig extends NoticeSettings {
  readonly webhook?: Secret | undefined;
  readonly token?: Secret | undefined;
  readonly channel?: string | undefined;
  readonly signing_secret?: Secret | undefined;
  readonly hook: string;
  readonly users: readonly string[];
  readonly approve_for: number;
  readonly api_url: string;
  readonly escalate_after?: number | undefined;
  readonly escalate_mention?: string | undefined;
}

/** What the slack action needs beside the rest. */
export interface SlackContext extends ChannelContext {
  readonly hooks: Hooks;
  readonly blocks: Pick<Blocks, "block" | "unblock"> & { readonly holds: Pick<Holds, "has" | "approve"> };
}
