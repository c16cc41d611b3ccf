import type { Batch, Column } from "../../src/event/index.ts";
import { filledStrings } from "../../src/formats/string_columns.ts";

export interface LentBatch {
  readonly batch: Batch;
  /** The call that the batch was handed to has returned: its bytes are overwritten and its columns begun anew, as by the next of a log. */
  readonly end: () => void;
}

/** A batch whose texts are, as a format leaves them, bytes that are good until the batch has been handed on. */
export function textsInBytes(batch: Batch): LentBatch {
  const texts: { bytes: Buffer; set: (bytes: Buffer, start: number) => void }[] = [];
  const columns = batch.columns.map((given, slot): Column | undefined => {
    if (given?.kind !== "text") return given;
    const column = filledStrings(batch.schema, batch.schema.fields[slot]!, "value", batch.size);
    for (let row = 0; row < batch.size; row++) {
      const text = given.text(row);
      const own = Buffer.from(text ?? "");
      if (text === null) column.setNull(row);
      else texts.push({ bytes: own, set: (bytes, start) => column.set(row, bytes, start, start + own.length) });
    }
    return column;
  });
  const bytes = Buffer.concat(texts.map((text) => text.bytes));
  const begin = (): void => {
    let start = 0;
    for (const text of texts) {
      text.set(bytes, start);
      start += text.bytes.length;
    }
  };
  begin();
  const end = (): void => {
    bytes.fill("#");
    begin();
  };
  return { batch: { ...batch, columns }, end };
}
