import { z } from "zod";
import { slackSignature } from "../../src/actions/slack/signature.ts";
import { slack } from "../../src/actions/slack/slack.ts";
import { type BlockPolicy, Blocks, DEFAULT_POLICY, LEDGER_MIGRATIONS, Protection } from "../../src/blocks/index.ts";
import type { HookHandler } from "../../src/component/index.ts";
import { Counters, openDatabase, silentLog, Steps, VirtualClock } from "../../src/kit/index.ts";
import { openDesk } from "./notice_desk.ts";

/** The slack action on a real desk and a real block list, with a service in place of Slack, and a user who presses buttons. */
export async function openSlack(serviceUrl: string, settings: Record<string, unknown>, policy: Partial<BlockPolicy> = {}) {
  const clock = new VirtualClock(Date.parse("2026-11-20T10:00:00Z"));
  const steps = new Steps(clock);
  const database = await openDatabase({ path: ":memory:", migrations: LEDGER_MIGRATIONS });
  const hooks = new Map<string, HookHandler>();
  const blocks = new Blocks({
    database,
    rules: { policy: { ...DEFAULT_POLICY, ...policy }, protection: new Protection([]) },
    clock,
    steps,
    log: silentLog,
    counters: new Counters(),
  });
  const desk = await openDesk(clock, silentLog, { blocks });
  const config = slack.config(z).parse({ api_url: `${serviceUrl}/api`, ...settings });
  const own = { name: "actions[0] (slack)", route: "slack ** 1", family: "slack **", folder: "/", dryRun: false };
  const action = await slack.open(config, {
    ...own,
    ...desk,
    clock,
    steps,
    log: silentLog,
    blocks,
    hooks: {
      add: (name, handle) => {
        hooks.set(name, handle);
        return () => void hooks.delete(name);
      },
    },
  });
  /** Presses a button as Slack tells it. */
  const press = async (value: string, { user = "U012AB3CD", secret = SIGNING_SECRET }: { user?: string; secret?: string } = {}) => {
    const payload = {
      type: "block_actions",
      user: { id: user, username: "ann" },
      actions: [{ action_id: "hotaka", value }],
      response_url: `${serviceUrl}/response`,
    };
    const body = Buffer.from(new URLSearchParams({ payload: JSON.stringify(payload) }).toString());
    const timestamp = String(clock.nowMs() / 1000);
    const headers = { "x-slack-request-timestamp": timestamp, "x-slack-signature": slackSignature(secret, timestamp, body) };
    return hooks.get("slack")!({ headers, body });
  };
  return { action, blocks, hooks, press, clock, ...desk };
}

/** Of the app in tests. */
export const SIGNING_SECRET = "8f742231b10e8888abcd99yyyzzz85a5";
