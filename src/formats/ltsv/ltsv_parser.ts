import { FieldNames } from "../field_names.ts";
import type { FieldParser, FoundFields } from "../field_scanner.ts";
import type { SinksByKey } from "../keyed_events.ts";

/**
 * A line of LTSV:
 *
 *     line   = field *( TAB field )
 *     field  = label ":" *( any byte but TAB )      ; a piece without a colon is passed over
 *     label  = *( any byte but ":" and TAB )
 *
 * Of a label that stands twice the last value counts. A value of nothing is the empty string. A line without any field is refused.
 * @see http://ltsv.org
 */
export class LtsvParser implements FieldParser {
  readonly #names: FieldNames;

  constructor(names: readonly string[]) {
    this.#names = new FieldNames(names);
  }

  parse(bytes: Buffer, start: number, end: number, found: FoundFields): string | undefined {
    let hasField = false;
    for (let at = start; at < end;) {
      let colon = at;
      while (colon < end && bytes[colon] !== COLON && bytes[colon] !== TAB) colon++;
      let pieceEnd = colon;
      while (pieceEnd < end && bytes[pieceEnd] !== TAB) pieceEnd++;
      if (colon < pieceEnd) {
        hasField = true;
        const field = this.#names.find(bytes, at, colon);
        if (field >= 0) found.set(field, colon + 1, pieceEnd);
      }
      at = pieceEnd + 1;
    }
    if (hasField) return undefined;
    return start === end ? "empty" : "label";
  }
}

/** Hands every value of a line to the sink of its label, as text. */
export function putLtsv(bytes: Buffer, start: number, end: number, sinks: SinksByKey): void {
  for (let at = start; at < end;) {
    let colon = at;
    while (colon < end && bytes[colon] !== COLON && bytes[colon] !== TAB) colon++;
    let pieceEnd = colon;
    while (pieceEnd < end && bytes[pieceEnd] !== TAB) pieceEnd++;
    if (colon < pieceEnd && colon > at) {
      const sink = sinks.sinkOfBytes(bytes, at, colon);
      if (sink.isWanted) sink.bytes(bytes, colon + 1, pieceEnd);
    }
    at = pieceEnd + 1;
  }
}

const TAB = 0x09;
const COLON = 0x3a;
