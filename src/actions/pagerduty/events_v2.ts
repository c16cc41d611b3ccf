import { createHash } from "node:crypto";
import { type Notice, noticeText } from "../../notices/index.ts";

/** What an event says beside the notice. */
export interface EventKind {
  readonly routingKey: string;
  readonly event: "trigger" | "acknowledge" | "resolve";
  readonly severity: "critical" | "error" | "warning" | "info";
  readonly source: string;
}

/**
 * An event of PagerDuty's Events API v2. Acknowledging and resolving take no more than the key; a trigger says what happened, in at most
 * 1,024 characters of summary and 512 KB in all.
 * @see PagerDuty, "Send an event to PagerDuty", POST /v2/enqueue
 */
export function eventOf(notice: Notice, { routingKey, event, severity, source }: EventKind) {
  const head = { routing_key: routingKey, event_action: event, dedup_key: dedupKeyOf(notice.group) };
  if (event !== "trigger") return head;
  return {
    ...head,
    client: "Hotaka",
    payload: {
      summary: notice.subject.slice(0, SUMMARY_CHARS_MAX),
      source,
      severity,
      timestamp: new Date(notice.toMs).toISOString(),
      group: notice.query,
      custom_details: {
        notice: notice.id,
        acknowledge: `hotaka notify ack ${notice.id}`,
        rows: notice.rows,
        message: noticeText(notice).slice(0, MESSAGE_CHARS_MAX),
      },
    },
  };
}

/** The group itself where it fits into a key, which has 255 characters; else its beginning and its digest. */
function dedupKeyOf(group: string): string {
  if (group.length <= KEY_CHARS_MAX) return group;
  return `${group.slice(0, KEY_CHARS_MAX - 65)} ${createHash("sha256").update(group).digest("hex")}`;
}

const SUMMARY_CHARS_MAX = 1024;
const MESSAGE_CHARS_MAX = 100_000;
const KEY_CHARS_MAX = 255;
