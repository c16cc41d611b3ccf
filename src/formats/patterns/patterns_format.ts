import type { Format } from "../../component/index.ts";
import type { Expression } from "../../kit/index.ts";
import { emptyOpened, type Envelope, ENVELOPES } from "../envelope.ts";
import type { FieldParser, FoundFields } from "../field_scanner.ts";
import { fixedFormat } from "../fixed_format.ts";
import type { KeyedSettings } from "../keyed_format.ts";

/** Settings of the patterns format, as its schema makes them. */
interface PatternsSettings extends KeyedSettings {
  readonly envelope: keyof typeof ENVELOPES;
  readonly program?: Expression | undefined;
  readonly any_of: readonly Pattern[];
  readonly message_bytes_max: number;
}

/** One kind of message. */
interface Pattern {
  readonly match: Expression;
  readonly fields: Readonly<Record<string, Expression>>;
  readonly set: Readonly<Record<string, string | number | boolean>>;
}

/** The format whose fields are those of all patterns, all of them text unless `types` says otherwise. */
export function patternsFormat(settings: PatternsSettings): Format {
  const { any_of: patterns, time_key: timeKey, envelope } = settings;
  const { timeFormat } = ENVELOPES[envelope]();
  const own = patterns.flatMap(({ match, fields, set }) => [...match.groups.keys(), ...Object.keys(fields), ...Object.keys(set)]);
  const names = [...new Set([...(timeFormat === undefined ? [] : [timeKey]), ...(envelope === "syslog" ? [SERVER] : []), ...own])];
  const timed = timeFormat === undefined ? settings : { ...settings, time_format: timeFormat };
  return fixedFormat(timed, names, () => new PatternsParser(settings, names));
}

/** Opens the envelope of a line and takes the fields of the first pattern that fits its message. */
class PatternsParser implements FieldParser {
  readonly #settings: PatternsSettings;
  readonly #envelope: Envelope;
  readonly #opened = emptyOpened();
  readonly #patterns: readonly PlacedPattern[];
  readonly #timeField: number;
  readonly #serverField: number;

  constructor(settings: PatternsSettings, names: readonly string[]) {
    this.#settings = settings;
    this.#envelope = ENVELOPES[settings.envelope]();
    this.#timeField = names.indexOf(settings.time_key);
    this.#serverField = settings.envelope === "syslog" ? names.indexOf(SERVER) : -1;
    const placeOf = (name: string): number => names.indexOf(name);
    this.#patterns = settings.any_of.map(({ match, fields, set }) => ({
      match,
      groups: [...match.groups].map(([name, group]) => ({ field: placeOf(name), group })),
      fields: Object.entries(fields).map(([name, expression]) => ({ field: placeOf(name), expression })),
      constants: Object.entries(set).map(([name, value]) => ({ field: placeOf(name), text: String(value) })),
    }));
  }

  parse(bytes: Buffer, start: number, end: number, found: FoundFields): string | undefined {
    const opened = this.#opened;
    const reason = this.#envelope.open(bytes, start, end, opened) ?? this.#foreign(bytes);
    if (reason !== undefined) return reason;
    const from = opened.messageStart;
    if (end - from > this.#settings.message_bytes_max) return "long";
    const message = bytes.toString("utf8", from, end);
    // Where every character is one byte, places in the text are places in the bytes.
    const at = message.length === end - from ? from : -1;
    for (const pattern of this.#patterns) {
      const places = pattern.match.find(message);
      if (places === undefined) continue;
      this.#takeEnvelope(found);
      take(pattern, places, { message, at }, found);
      return undefined;
    }
    return "pattern";
  }

  #foreign(bytes: Buffer): string | undefined {
    const { program } = this.#settings;
    const { programStart, programEnd } = this.#opened;
    if (program === undefined) return undefined;
    const name = programEnd < 0 ? "" : bytes.toString("utf8", programStart, programEnd);
    return program.test(name) ? undefined : "program";
  }

  #takeEnvelope(found: FoundFields): void {
    const { timeStart, timeEnd, serverStart, serverEnd } = this.#opened;
    if (this.#envelope.timeFormat !== undefined && timeEnd >= 0) found.set(this.#timeField, timeStart, timeEnd);
    if (this.#serverField >= 0 && serverEnd >= 0) found.set(this.#serverField, serverStart, serverEnd);
  }
}

/** A pattern with the places of its fields. */
interface PlacedPattern {
  readonly match: Expression;
  readonly groups: readonly { readonly field: number; readonly group: number }[];
  readonly fields: readonly { readonly field: number; readonly expression: Expression }[];
  readonly constants: readonly { readonly field: number; readonly text: string }[];
}

/** A message, and where it stands in the bytes; -1 when its characters are not bytes. */
interface Message {
  readonly message: string;
  readonly at: number;
}

function take({ groups, fields, constants }: PlacedPattern, places: Int32Array, message: Message, found: FoundFields): void {
  for (const { field, group } of groups) put(field, places[2 * group]!, places[2 * group + 1]!, message, found);
  for (const { field, expression } of fields) {
    if (found.isWanted[field] === 0) continue;
    const own = expression.find(message.message);
    if (own === undefined) continue;
    const group = own.length > 2 ? 1 : 0;
    put(field, own[2 * group]!, own[2 * group + 1]!, message, found);
  }
  for (const { field, text } of constants) found.setText(field, text);
}

function put(field: number, from: number, to: number, { message, at }: Message, found: FoundFields): void {
  if (from < 0) return;
  if (at >= 0) found.set(field, at + from, at + to);
  // A slice would keep all of the message alive.
  else found.setText(field, Buffer.from(message.slice(from, to)).toString());
}

/** The field with the host of a line of syslog: `host` is the one that the message is about. */
const SERVER = "server";
