import type { Format } from "../component/index.ts";
import type { FieldType } from "../event/index.ts";
import { type FieldParser, FieldScanner, type RecordEnd } from "./field_scanner.ts";
import type { KeyedSettings } from "./keyed_format.ts";
import { TimeReader } from "./time_text.ts";

/**
 * A format whose lines have the fields of `names`, known before any line is read: text, unless `types` says otherwise, and the time where
 * one is called `time_key`. `parser` is made for each scanner; `recordEnd` says where a record of several lines is over.
 */
export function fixedFormat(
  settings: KeyedSettings,
  names: readonly string[],
  parser: () => FieldParser,
  { recordEnd }: { readonly recordEnd?: RecordEnd | undefined } = {},
): Format {
  const { types, time_key: timeKey } = settings;
  const typeOf = (name: string): FieldType => (name === timeKey ? "integer" : Object.hasOwn(types, name) ? types[name]! : "string");
  return {
    fields: Object.fromEntries(names.map((name) => [name, typeOf(name)])),
    scanner: (schema, demand) =>
      new FieldScanner({
        schema,
        demand,
        names,
        parser: parser(),
        time: names.includes(timeKey) ? { name: timeKey, reader: new TimeReader(settings) } : undefined,
        recordEnd,
      }),
  };
}
