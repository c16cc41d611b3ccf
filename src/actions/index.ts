import type { ActionDefinition } from "../component/index.ts";
import { block, type BlockContext } from "./block/block.ts";
import type { ExecFilterContext } from "./exec_filter/exec_filter_action.ts";
import { exec_filter } from "./exec_filter/exec_filter.ts";
import { file } from "./file/file.ts";
import { forward } from "./forward/forward.ts";
import { kafka } from "./kafka/kafka.ts";
import { log } from "./log/log.ts";
import { mail } from "./mail/mail.ts";
import { pagerduty } from "./pagerduty/pagerduty.ts";
import { slack } from "./slack/slack.ts";
import type { SlackContext } from "./slack/slack_config.ts";
import { sns } from "./sns/sns.ts";
import { webhook } from "./webhook/webhook.ts";

export { ActionSet, type TestedAction, type WantedAction } from "./action_set.ts";
export type { GivenEvent } from "./exec_filter/exec_filter_action.ts";
export { type BlockConfig, blockRequest } from "./block/block.ts";

/** Everything that some action needs. */
export type ActionsContext = BlockContext & SlackContext & ExecFilterContext;

/** Every action there is, by name. */
export const actions: readonly ActionDefinition<unknown, ActionsContext>[] = [
  block,
  exec_filter,
  file,
  forward,
  kafka,
  log,
  mail,
  pagerduty,
  slack,
  sns,
  webhook,
];
