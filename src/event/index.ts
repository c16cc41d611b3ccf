export {
  type Batch,
  type BooleanColumn,
  type Column,
  type DictionaryColumn,
  type FloatColumn,
  type IntegerColumn,
  rowAt,
  valueAt,
  type ValueColumn,
} from "./batch.ts";
export { Demand, type Use } from "./demand.ts";
export { EventColumns, type EventColumnsOptions } from "./event_columns.ts";
export { EventWriter } from "./event_writer.ts";
export { fieldName, isFieldName } from "./field_name.ts";
export { decodedAtPath, type FieldPath, fieldPath, valueAtPath } from "./field_path.ts";
export { type FieldSink, putValue } from "./field_sink.ts";
export { FittedColumn } from "./fitted_column.ts";
export { KeySinks } from "./key_sinks.ts";
export { type CodeHolder, Dictionary } from "./dictionary.ts";
export { batchOf } from "./record_batch.ts";
export type { EventRecord } from "./record_values.ts";
export { type Field, type FieldType, fieldTypeNamed, isFieldType, Schema } from "./schema.ts";
export { takeRows } from "./take_rows.ts";
export { FilledTexts, TextArray, type TextColumn, textOfBytes } from "./text_column.ts";
export type { Typing } from "./typing.ts";
export { BytesView } from "./known_keys.ts";
export { MsgpackEvents } from "./msgpack_events.ts";
export { MsgpackNarrowing } from "./msgpack_narrowing.ts";
export { isList, type Row, rowToJson, type Value } from "./value.ts";
