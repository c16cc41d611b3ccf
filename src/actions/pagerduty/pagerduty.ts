import { type Action, defineAction, type Secret, secret } from "../../component/index.ts";
import { type Channel, type ChannelContext, type Notice, type NoticeSettings, noticeSettings, tellingAction } from "../../notices/index.ts";
import { postJson } from "../post_json.ts";
import { type EventKind, eventOf } from "./events_v2.ts";

/** Settings of the pagerduty action, as its schema makes them. */
interface PagerDutyConfig extends NoticeSettings {
  readonly routing_key: Secret;
  readonly event: "trigger" | "acknowledge" | "resolve";
  readonly severity: "critical" | "error" | "warning" | "info";
  readonly source: string;
  readonly url: string;
}

/** Opens, acknowledges and resolves incidents at PagerDuty. */
export const pagerduty = defineAction<PagerDutyConfig, ChannelContext>({
  name: "pagerduty",
  summary: "Opens, acknowledges or resolves incidents at PagerDuty (Events API v2).",
  undo: "An action with `event: resolve` and the same `group_by` closes the incident; so does a person at PagerDuty.",
  config: (z) =>
    z.strictObject({
      routing_key: secret(z).describe("Integration key of the service (Events API v2), or env:NAME or file:PATH."),
      event: z
        .enum(["trigger", "acknowledge", "resolve"])
        .default("trigger")
        .describe("What the rows mean for the incident. What `group_by` reads is its key, by which all three find the same incident."),
      severity: z.enum(["critical", "error", "warning", "info"]).default("error").describe("How bad it is, for PagerDuty's own rules."),
      source: z.string().min(1).max(255).default("hotaka").describe("The place that it is about, such as the name of the site."),
      url: z.url().default("https://events.pagerduty.com/v2/enqueue").describe("Where events go; another one for the EU region."),
      ...noticeSettings(z),
    }),
  examples: [
    { routing_key: "env:PAGERDUTY_KEY", severity: "critical" },
    { routing_key: "file:/etc/hotaka/pagerduty", group_by: "disk ${host}", event: "resolve" },
  ],
  open: async (config, context): Promise<Action> => tellingAction(config, context, new PagerDutyChannel(config, context)),
});

class PagerDutyChannel implements Channel {
  readonly name = "pagerduty";
  readonly #config: PagerDutyConfig;
  readonly #context: ChannelContext;

  constructor(config: PagerDutyConfig, context: ChannelContext) {
    this.#config = config;
    this.#context = context;
  }

  async send(notice: Notice): Promise<string> {
    return this.#send(notice, this.#config.event);
  }

  /** Who acknowledged here need not do so there. An incident that is resolved by now stays so. */
  async acknowledge(notice: Notice, by: string): Promise<string> {
    if (this.#config.event !== "trigger") return `${notice.group} is acknowledged by ${by}; PagerDuty was sent no incident by this action.`;
    return this.#send(notice, "acknowledge");
  }

  async #send(notice: Notice, event: EventKind["event"]): Promise<string> {
    const { routing_key: routingKey, severity, source, url } = this.#config;
    const { clock, folder } = this.#context;
    const body = eventOf(notice, { routingKey: await routingKey.read(folder), event, severity, source });
    await postJson({ service: "PagerDuty", url, body }, clock);
    return `PagerDuty was sent ${event} of ${body.dedup_key}: ${notice.subject}`;
  }
}
