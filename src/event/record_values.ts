import { fieldPath, valueAtPath } from "./field_path.ts";
import type { Value } from "./value.ts";

/** An event that came as an object. */
export type EventRecord = Readonly<Record<string, Value>>;

/**
 * Reads the field `name` out of a record. A nested field, as `req.path`, is looked for by its whole name first: a source may have taken the
 * record apart already. Only what a record has itself counts, nothing inherited.
 */
export function valueReader(name: string): (record: EventRecord) => Value {
  const path = fieldPath(name);
  return (record) => {
    if (Object.hasOwn(record, name)) return record[name] ?? null;
    return path === undefined ? null : valueAtPath(record, path);
  };
}
