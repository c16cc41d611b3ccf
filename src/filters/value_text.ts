import type { EventValue } from "../component/index.ts";
import { rowToJson } from "../event/index.ts";

/** A value of an event as text: a time in ISO 8601, what is nested as JSON. Null, and what an event does not have, is undefined. */
export function valueText(value: EventValue): string | undefined {
  if (value === null || value === undefined) return undefined;
  if (typeof value === "string") return value;
  if (value instanceof Date) return value.toISOString();
  return typeof value === "object" ? rowToJson({ value: plain(value) as never }).slice('{"value":'.length, -1) : String(value);
}

/** A reader of MessagePack gives hashes as Maps. */
function plain(value: unknown): unknown {
  if (value instanceof Map)
    return Object.fromEntries([...(value as ReadonlyMap<string, unknown>)].map(([key, item]) => [key, plain(item)]));
  return Array.isArray(value) ? value.map(plain) : value;
}
