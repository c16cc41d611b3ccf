import type { ActionRow, RowTemplate } from "../../component/index.ts";
import { rowToJson, type Value } from "../../event/index.ts";

/** A row as a message of Kafka. */
export interface RowMessage {
  readonly topic: string;
  readonly key: string | null;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string>>;
  /** Epoch ms, as the client wants it. */
  readonly timestamp: string;
}

/** The columns are the value; what names the row stands in headers, where a consumer finds it without reading the value. */
export function rowMessage(row: ActionRow, topic: RowTemplate, key: string | undefined): RowMessage {
  return {
    topic: topic(row),
    key: key === undefined || !Object.hasOwn(row.row, key) ? null : keyText(row.row[key] ?? null),
    value: Buffer.from(rowToJson(row.row)),
    headers: { "hotaka-key": row.key, "hotaka-query": row.query },
    timestamp: String(Math.max(Math.trunc(row.timeMs), 0)),
  };
}

function keyText(value: Value): string | null {
  if (value === null || typeof value === "string") return value;
  if (value instanceof Date) return value.toISOString();
  return typeof value === "object" ? rowToJson({ value }).slice('{"value":'.length, -1) : String(value);
}
