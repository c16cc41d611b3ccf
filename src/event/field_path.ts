import { isList, type Value } from "./value.ts";

/** How a field is found in a record: by key of a hash, or by place in an array. */
export type FieldPath = readonly (string | number)[];

/**
 * The path that the name of a nested field stands for, as Norikra writes it: `req.path`; `tags.$0` or `tags.0` for the first item of an
 * array; `codes.$$0` for the key "0" of a hash; `req..hidden` for the key ".hidden". Undefined for a field that is not nested.
 */
export function fieldPath(name: string): FieldPath | undefined {
  if (!name.includes(".")) return undefined;
  const steps: (string | number)[] = [];
  let from = 0;
  while (from <= name.length) {
    // A point right at the beginning of a step belongs to the key.
    const end = name.indexOf(".", name[from] === "." ? from + 1 : from);
    const step = name.slice(from, end === -1 ? name.length : end);
    steps.push(stepOf(step, steps.length > 0));
    if (end === -1) break;
    from = end + 1;
  }
  return steps;
}

/** What stands at a path; null where there is nothing. Only what a record has itself counts, nothing inherited. */
export function valueAtPath(record: Value, path: FieldPath): Value {
  let value: Value = record;
  for (const step of path) {
    if (typeof value !== "object" || value === null || value instanceof Date) return null;
    if (isList(value)) value = typeof step === "number" ? (value[step] ?? null) : null;
    else value = Object.hasOwn(value, step) ? (value[step] ?? null) : null;
  }
  return value;
}

/** As `valueAtPath`, in a value as it was decoded, which may hold Maps; undefined where there is nothing, which is less than null. */
export function decodedAtPath(value: unknown, path: FieldPath): unknown {
  let at: unknown = value;
  for (const step of path) {
    if (typeof at !== "object" || at === null) return undefined;
    if (Array.isArray(at)) at = typeof step === "number" ? (at as readonly unknown[])[step] : undefined;
    else if (at instanceof Map) at = (at as ReadonlyMap<unknown, unknown>).get(String(step));
    else at = Object.hasOwn(at, step) ? (at as Readonly<Record<string | number, unknown>>)[step] : undefined;
  }
  return at;
}

function stepOf(step: string, nested: boolean): string | number {
  if (!nested) return step;
  if (/^\$?\d{1,9}$/.test(step)) return Number(step.replace("$", ""));
  return /^\$\$\d+$/.test(step) ? step.slice(2) : step;
}
