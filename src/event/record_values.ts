import { fieldPath, valueAtPath } from "./field_path.ts";
import type { Value } from "./value.ts";

/** An event that came as an object. */
export type EventRecord = Readonly<Record<string, Value>>;

/** Writes the values of some fields of each record into the lists of `values`, one for each field; null where a record does not have it. */
export type ReadValues = (records: readonly EventRecord[], values: readonly Value[][]) => void;

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

/** As `valueReader`, for several fields of many records at once. */
export function recordValues(names: readonly string[]): ReadValues {
  const plain = names.flatMap((name, index) => (isPlain(name) ? [{ name, index }] : []));
  const others = names.flatMap((name, index) => (isPlain(name) ? [] : [{ read: valueReader(name), index }]));
  const readPlain = plainValues(plain);
  return (records, values) => {
    readPlain(records, values);
    for (const { read, index } of others) for (let row = 0; row < records.length; row++) values[index]![row] = read(records[row]!);
  };
}

/** Looking whether a record has the name itself costs more than the rest, and tells nothing of a name that no plain object inherits. */
function isPlain(name: string): boolean {
  return fieldPath(name) === undefined && !(name in Object.prototype);
}

/**
 * V8 remembers at each place in the code how the records there are laid out and which field is read. One place for all fields would know
 * none of them well, so each field has a place of its own; and all of them are read while the record is in the processor's cache.
 */
function plainValues(fields: readonly { readonly name: string; readonly index: number }[]): ReadValues {
  const lists = fields.map(({ index }, at) => `const list${at} = values[${index}];`);
  const reads = fields.map(
    (_field, at) => `const value${at} = record[name${at}]; list${at}[row] = value${at} === undefined ? null : value${at};`,
  );
  const loop = `for (let row = 0; row < records.length; row++) { const record = records[row]; ${reads.join(" ")} }`;
  // oxlint-disable-next-line typescript/no-implied-eval -- the text holds numbers only; the names of the fields are handed in
  const make = new Function(
    ...fields.map((_field, at) => `name${at}`),
    `"use strict"; return function recordValues(records, values) { ${lists.join(" ")} ${loop} };`,
  ) as (...names: readonly string[]) => ReadValues;
  return make(...fields.map(({ name }) => name));
}
