import { HotakaError, oneLine } from "../../kit/index.ts";
import type { Channel, Notice } from "../../notices/index.ts";
import { postJson } from "../post_json.ts";
import { slackMessage } from "./message.ts";
import type { SlackConfig, SlackContext } from "./slack_config.ts";
import type { SlackButtons } from "./slack_buttons.ts";

/** Posts notices, by a webhook or as an app. */
export class SlackChannel implements Channel {
  readonly name: string;
  readonly #config: SlackConfig;
  readonly #context: SlackContext;
  readonly #buttons: SlackButtons | undefined;

  constructor(config: SlackConfig, context: SlackContext, buttons: SlackButtons | undefined) {
    this.#config = config;
    this.#context = context;
    this.#buttons = buttons;
    this.name = config.channel === undefined ? "slack" : `slack ${config.channel}`;
  }

  async send(notice: Notice): Promise<string> {
    const { webhook, token, channel, api_url: apiUrl, escalate_mention: mention } = this.#config;
    const { clock, folder } = this.#context;
    const message = slackMessage(notice, {
      hasButtons: this.#buttons !== undefined,
      mention: notice.unacknowledgedMs === undefined ? undefined : mention,
    });
    if (webhook !== undefined) {
      const url = await webhook.read(folder);
      if (!/^https?:\/\//.test(url)) throw new HotakaError("HOTAKA_ACTION_FAILED", "Slack: the webhook is not an http address.");
      await postJson({ service: "Slack", url, body: message }, clock);
      return `posted "${notice.subject}" to Slack.`;
    }
    const headers = { authorization: `Bearer ${(await token?.read(folder)) ?? ""}` };
    const { body } = await postJson({ service: "Slack", url: `${apiUrl}/chat.postMessage`, body: { channel, ...message }, headers }, clock);
    const refused = refusalOf(body);
    if (refused !== undefined) throw new HotakaError("HOTAKA_ACTION_FAILED", `Slack did not take the message: ${refused}.`);
    return `posted "${notice.subject}" to ${channel ?? ""}.`;
  }

  async close(): Promise<void> {
    this.#buttons?.close();
  }
}

/** Slack says no with status 200. Undefined when it said yes. */
function refusalOf(body: string): string | undefined {
  try {
    const answer: unknown = JSON.parse(body);
    if (typeof answer !== "object" || answer === null) return "its answer is not an object";
    if ("ok" in answer && answer.ok === true) return undefined;
    return "error" in answer && typeof answer.error === "string" ? oneLine(answer.error, 100) : "it gave no reason";
  } catch {
    return "its answer is not JSON";
  }
}
