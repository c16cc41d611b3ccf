import type { Format } from "../component/index.ts";
import type { FieldType } from "../event/index.ts";
import { type FieldParser, FieldScanner } from "./field_scanner.ts";
import { KeyedEvents, type PutLine } from "./keyed_events.ts";
import { TimeReader, type TimeSettings } from "./time_text.ts";

/** Settings of a format whose lines name their fields. */
export interface KeyedSettings extends TimeSettings {
  readonly types: Readonly<Record<string, FieldType>>;
  readonly time_key: string;
}

/**
 * A format whose lines name their fields: those of `types`, and the time. `parser` is made for the fields that the target has by then;
 * only these are looked for. Without `types` all that stands in a line is taken, by `put`.
 */
export function keyedFormat(
  settings: KeyedSettings,
  parser: (names: readonly string[], types: readonly FieldType[]) => FieldParser,
  put: PutLine,
): Format {
  const { time_key: timeKey, types } = settings;
  const events = (): KeyedEvents =>
    new KeyedEvents({ timeKey, time: new TimeReader(settings), parser: parser([timeKey], ["integer"]), put });
  return {
    fields: { ...types, [timeKey]: "integer" },
    ...(Object.keys(types).length === 0 ? { events } : {}),
    scanner: (schema, demand) => {
      const fields = schema.fields.filter(({ name }) => name === timeKey || demand.fields.has(name));
      const names = fields.map(({ name }) => name);
      return new FieldScanner({
        schema,
        demand,
        names,
        parser: parser(
          names,
          fields.map(({ type }) => type),
        ),
        time: { name: timeKey, reader: new TimeReader(settings) },
      });
    },
  };
}
