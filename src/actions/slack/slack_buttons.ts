import type { HookAnswer, HookRequest } from "../../component/index.ts";
import { describeDecision } from "../../blocks/index.ts";
import { type Counter, HotakaError, messageOf, oneLine } from "../../kit/index.ts";
import { postJson } from "../post_json.ts";
import { type ButtonValue, parseButtonValue } from "./message.ts";
import { type Press, pressesOf } from "./press.ts";
import { whyNotGenuine } from "./signature.ts";
import type { SlackConfig, SlackContext } from "./slack_config.ts";

/**
 * Does what the buttons say, once the request is known to be Slack's and the user to be allowed. Slack wants an answer within three
 * seconds; what came of it is posted below the message.
 */
export class SlackButtons {
  readonly #config: SlackConfig;
  readonly #context: SlackContext;
  readonly #refused: Counter;
  readonly #pressed: Counter;
  readonly #remove: () => void;

  constructor(config: SlackConfig, context: SlackContext) {
    this.#config = config;
    this.#context = context;
    const labels = { action: context.route };
    this.#refused = context.counters.counter("slack_requests_refused", "Requests that were not Slack's, or not understood.", labels);
    this.#pressed = context.counters.counter("slack_buttons_pressed", "Buttons pressed by users who may.", labels);
    this.#remove = context.hooks.add(config.hook, async (request) => this.#handle(request));
  }

  close(): void {
    this.#remove();
  }

  async #handle({ headers, body }: HookRequest): Promise<HookAnswer> {
    const { clock, folder, log } = this.#context;
    const [timestamp, signature] = [headers["x-slack-request-timestamp"] ?? "", headers["x-slack-signature"] ?? ""];
    const signingSecret = (await this.#config.signing_secret?.read(folder)) ?? "";
    const objection = whyNotGenuine({ timestamp, signature, body }, signingSecret, clock.nowMs());
    if (objection !== undefined) {
      this.#refused.add();
      log.warn(`slack: a request was refused: ${objection}.`);
      return { status: 401, body: `The request was refused: ${objection}.\n` };
    }
    const presses = pressesOf(body);
    if (presses === undefined) {
      this.#refused.add();
      return { status: 400, body: "Buttons were wanted (payload=...).\n" };
    }
    for (const press of presses) await this.#press(press);
    return { status: 200, body: "" };
  }

  async #press({ value, user, userName, responseUrl }: Press): Promise<void> {
    const meaning = parseButtonValue(value);
    const { log } = this.#context;
    const { users } = this.#config;
    const by = `${oneLine(userName, 80)} (Slack ${user})`;
    const isAllowed = users.length === 0 || users.includes(user);
    const said =
      meaning === undefined ? "This button is not known here." : isAllowed ? this.#act(meaning, by) : `${by} may not press this button.`;
    log.info(`slack: ${by} pressed "${oneLine(value, 100)}": ${said}`);
    if (meaning !== undefined && isAllowed) this.#pressed.add();
    await this.#answer(responseUrl, said);
  }

  #act({ act, of }: ButtonValue, by: string): string {
    const { blocks, notices } = this.#context;
    try {
      if (act === "acknowledge") return notices.acknowledge(of, by);
      if (act === "approve") {
        const verdict = { reason: "approved in Slack", by };
        if (blocks.holds.has(of)) return blocks.holds.approve(of, verdict).map(describeDecision).join(" ");
        return describeDecision(blocks.block(of, { forMs: this.#config.approve_for, ...verdict }));
      }
      const decisions = blocks.unblock(of, { by, reason: "unblocked in Slack" });
      return `${of} is no longer blocked; ${decisions.length} ${decisions.length === 1 ? "decision was" : "decisions were"} taken back by ${by}.`;
    } catch (thrown) {
      if (thrown instanceof HotakaError) return thrown.message;
      throw thrown;
    }
  }

  /** Tells in the channel what came of it. That this fails is no reason for Slack to send the press again. */
  async #answer(url: string | undefined, text: string): Promise<void> {
    if (url === undefined) return;
    const { clock, log } = this.#context;
    const body = { response_type: "in_channel", replace_original: false, text: oneLine(text, 3000).replaceAll("<", "&lt;") };
    await postJson({ service: "Slack", url, body }, clock).catch((thrown: unknown) => log.warn(`slack: ${messageOf(thrown)}`));
  }
}
