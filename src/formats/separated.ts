import type { Format, Zod } from "../component/index.ts";
import { timeKeySetting, typesSetting } from "./field_names.ts";
import type { FieldParser, FoundFields } from "./field_scanner.ts";
import { fixedFormat } from "./fixed_format.ts";
import type { KeyedSettings } from "./keyed_format.ts";
import { timeSettings } from "./time_text.ts";

/** Settings of a format whose lines are values in a fixed order. */
export interface SeparatedSettings extends KeyedSettings {
  readonly columns: readonly string[];
}

/** The settings that csv and tsv share. */
export function separatedSettings(z: Zod) {
  return {
    columns: z
      .array(z.string().min(1).max(255))
      .min(1)
      .max(COLUMNS_MAX)
      .refine((names) => new Set(names).size === names.length, { error: "a name stands twice; each column has one of its own." })
      .describe("What the values of a line are called, in their order. Values behind the last are passed over, those that lack are null."),
    types: typesSetting(z).describe("Types of the columns that are not text; a value that does not fit is null."),
    time_key: timeKeySetting(z),
    ...timeSettings(z),
  };
}

/** How values are set apart. */
export interface Separation {
  readonly separator: number;
  /** Whether a value may stand in double quotes, as RFC 4180 has it. */
  readonly hasQuotes: boolean;
}

/** The format of lines whose values stand in the order of `columns`. */
export function separatedFormat(settings: SeparatedSettings, separation: Separation): Format {
  const { columns } = settings;
  const parser = new SeparatedParser(separation, columns.length);
  return fixedFormat(settings, columns, () => parser);
}

/**
 * A line of values:
 *
 *     line    = value *( separator value )
 *     value   = *( any byte but the separator )
 *             / DQ *( any byte but DQ / DQ DQ ) DQ          ; where quotes are allowed
 *
 * An empty value is null. Blanks belong to the value. A quote that is not closed, and anything between a closing quote and the next
 * separator, refuse the line. @see RFC 4180
 */
export class SeparatedParser implements FieldParser {
  readonly #separator: number;
  readonly #hasQuotes: boolean;
  readonly #columns: number;

  constructor({ separator, hasQuotes }: Separation, columns: number) {
    this.#separator = separator;
    this.#hasQuotes = hasQuotes;
    this.#columns = columns;
  }

  parse(bytes: Buffer, start: number, end: number, found: FoundFields): string | undefined {
    if (start === end) return "empty";
    let at = start;
    for (let column = 0; at <= end; column++) {
      const valueEnd = this.#hasQuotes && bytes[at] === QUOTE && at < end ? closing(bytes, at + 1, end) : this.#plainEnd(bytes, at, end);
      if (valueEnd < 0 || (valueEnd < end && bytes[valueEnd] !== this.#separator)) return "quote";
      if (column < this.#columns && valueEnd > at) this.#take(bytes, at, valueEnd, found, column);
      at = valueEnd + 1;
    }
    return undefined;
  }

  #plainEnd(bytes: Buffer, at: number, end: number): number {
    let to = at;
    while (to < end && bytes[to] !== this.#separator) to++;
    return to;
  }

  #take(bytes: Buffer, start: number, end: number, found: FoundFields, column: number): void {
    if (!this.#hasQuotes || bytes[start] !== QUOTE) {
      found.set(column, start, end);
      return;
    }
    const quote = bytes.indexOf(QUOTE, start + 1);
    if (quote === end - 1) found.set(column, start + 1, quote);
    else if (found.isWanted[column] === 1) found.setText(column, bytes.toString("utf8", start + 1, end - 1).replaceAll('""', '"'));
  }
}

/** Just behind the quote that closes the value which begins at `at`, or -1. */
function closing(bytes: Buffer, at: number, end: number): number {
  for (let to = at; to < end; to++) {
    if (bytes[to] !== QUOTE) continue;
    if (to + 1 < end && bytes[to + 1] === QUOTE) to++;
    else return to + 1;
  }
  return -1;
}

const COLUMNS_MAX = 1000;
const QUOTE = 0x22;
