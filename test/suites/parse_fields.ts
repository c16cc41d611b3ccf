import { type FieldParser, FoundFields } from "../../src/formats/field_scanner.ts";

/** What a parser finds in one line, as texts by name; or the word by which it refuses the line. It must not look behind the line's end. */
export function parseFields(parser: FieldParser, names: readonly string[], line: string): Readonly<Record<string, string>> | string {
  const before = Buffer.from('","x":"');
  const bytes = Buffer.concat([before, Buffer.from(line), Buffer.from('\n"}] "" \t:x=')]);
  const found = new FoundFields(new Uint8Array(names.length).fill(1));
  const reason = parser.parse(bytes, before.length, before.length + Buffer.byteLength(line), found, 0);
  if (reason !== undefined) return reason;
  const text = (field: number): string => found.texts[field] ?? bytes.toString("utf8", found.starts[field], found.ends[field]);
  return Object.fromEntries(names.flatMap((name, field) => (found.ends[field]! < 0 ? [] : [[name, text(field)]])));
}
