import type { Channel, Notice } from "../../notices/index.ts";
import { messageId } from "./signature.ts";
import type { WebhookPost } from "./webhook_post.ts";

/** Posts what people would be told, for a service that tells them: a chat, a pager, a ticket. */
export class WebhookChannel implements Channel {
  readonly name: string;
  readonly #route: string;
  readonly #post: Pick<WebhookPost, "host" | "post">;

  constructor(post: Pick<WebhookPost, "host" | "post">, route: string) {
    this.name = `the webhook at ${post.host}`;
    this.#route = route;
    this.#post = post;
  }

  async send(notice: Notice): Promise<string> {
    const id = messageId("notice", `${this.#route} ${notice.id}`);
    await this.#post.post(id, noticeJson(notice));
    return `posted "${notice.subject}" to ${this.#post.host} as ${id}`;
  }
}

/** Instants in ISO 8601, as in the message of a row. */
function noticeJson({ subject, query, group, rows, fromMs, toMs, items, more, acknowledge }: Notice): string {
  const shown = items.map(({ text, rows: times, address, decided, undo }) => ({ text, rows: times, address, decided, undo }));
  const span = { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
  const data = { subject, query, group, rows, ...span, items: shown, more, acknowledge };
  return JSON.stringify({ type: "hotaka.notice", timestamp: span.to, data });
}
