import { type Action, type ActionRow, batchBounds, type BatchBounds, type BatchConfig } from "../../component/index.ts";
import { rowToJson } from "../../event/index.ts";
import { messageId } from "./signature.ts";
import type { WebhookPost } from "./webhook_post.ts";

/** What is posted of a row: a message that names its query and key, or the row alone. */
export type RowBody = "message" | "row";

/** The setting `batch` of the webhook, as its schema makes it. */
export interface WebhookBatchConfig extends BatchConfig {
  readonly format: "array" | "ndjson";
}

/** Where rows go, and how. */
export interface WebhookTarget {
  readonly post: Pick<WebhookPost, "host" | "post">;
  readonly body: RowBody;
  readonly dryRun: boolean;
}

/** Posts each row on its own. */
export class WebhookAction implements Action {
  readonly #target: WebhookTarget;

  constructor(target: WebhookTarget) {
    this.#target = target;
  }

  async perform(row: ActionRow): Promise<string> {
    const { post, body, dryRun } = this.#target;
    const id = messageId("row", row.key);
    if (dryRun) return `would post a row of ${row.query} to ${post.host} as ${id}`;
    await post.post(id, bodyOf(row, body));
    return `posted a row of ${row.query} to ${post.host} as ${id}`;
  }

  async close(): Promise<void> {}
}

/** Posts rows together: a list, or one a line. A single row is a list of one, so that a receiver has to know one shape alone. */
export class WebhookBatches implements Action {
  readonly batches: BatchBounds;
  readonly #target: WebhookTarget;
  readonly #format: WebhookBatchConfig["format"];

  constructor(target: WebhookTarget, batch: WebhookBatchConfig) {
    this.batches = batchBounds(batch);
    this.#target = target;
    this.#format = batch.format;
  }

  async perform(row: ActionRow): Promise<string> {
    const [sentence = ""] = await this.performAll([row]);
    return sentence;
  }

  async performAll(rows: readonly ActionRow[]): Promise<string[]> {
    const { post, body, dryRun } = this.#target;
    const id = messageId("rows", rows.map(({ key }) => key).join("\0"));
    if (dryRun) return rows.map(({ query }) => `would post a row of ${query} to ${post.host} as one of ${id}`);
    const bodies = rows.map((row) => bodyOf(row, body));
    if (this.#format === "array") await post.post(id, `[${bodies.join(",")}]`);
    else await post.post(id, bodies.map((text) => `${text}\n`).join(""), "application/x-ndjson");
    return rows.map(({ query }) => `posted a row of ${query} to ${post.host} as one of ${id}`);
  }

  async close(): Promise<void> {}
}

function bodyOf({ query, key, timeMs, row }: ActionRow, body: RowBody): string {
  if (body === "row") return rowToJson(row);
  const head = JSON.stringify({ type: "hotaka.row", timestamp: new Date(timeMs).toISOString(), data: { query, key } });
  return `${head.slice(0, -2)},"row":${rowToJson(row)}}}`;
}
