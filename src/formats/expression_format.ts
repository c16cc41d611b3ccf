import { type Format, worded, type Zod } from "../component/index.ts";
import { Expression } from "../kit/index.ts";
import { timeKeySetting, typesSetting } from "./field_names.ts";
import type { FieldParser, FoundFields, RecordEnd } from "./field_scanner.ts";
import { fixedFormat } from "./fixed_format.ts";
import type { KeyedSettings } from "./keyed_format.ts";
import { timeSettings } from "./time_text.ts";

/** Settings of a format whose fields are the named groups of an expression. */
export interface ExpressionSettings extends KeyedSettings {
  readonly expression: Expression;
  readonly empty_is_null: boolean;
  readonly expression_bytes_max: number;
}

/** A setting that is an expression; `groups` says that it has to have a named one. */
export function expressionSetting(z: Zod, { groups }: { readonly groups: boolean }) {
  return worded(z, "a regular expression such as /^(?<host>\\S+) (?<message>.*)$/", (text) => {
    const expression = Expression.of(text);
    if (typeof expression === "string") return { wrong: expression };
    if (groups && expression.groups.size === 0) return { wrong: "a named group, as (?<host>\\S+), was wanted for each field" };
    return { value: expression };
  });
}

/** The settings beside the expression itself. */
export function expressionSettings(z: Zod) {
  return {
    types: typesSetting(z).describe("Types of the groups that are not text; what does not fit is null."),
    time_key: timeKeySetting(z),
    ...timeSettings(z),
    empty_is_null: z.boolean().default(false).describe("Whether a group that holds nothing is null rather than the empty string."),
    expression_bytes_max: z
      .int()
      .min(64)
      .max(1 << 20)
      .default(EXPRESSION_BYTES_MAX)
      .describe("Bytes of a line that the expression is tried on; a longer line is refused and counted (as `long`)."),
  };
}

/** The format whose fields are the named groups of an expression, all of them text unless `types` says otherwise. */
export function expressionFormat(settings: ExpressionSettings, recordEnd?: RecordEnd): Format {
  const parser = new ExpressionParser(settings);
  return fixedFormat(settings, [...settings.expression.groups.keys()], () => parser, { recordEnd });
}

/** Finds the named groups of the first match in a line. */
class ExpressionParser implements FieldParser {
  readonly #expression: Expression;
  readonly #groups: readonly number[];
  readonly #emptyIsNull: boolean;
  readonly #bytesMax: number;

  constructor({ expression, empty_is_null: emptyIsNull, expression_bytes_max: bytesMax }: ExpressionSettings) {
    this.#expression = expression;
    this.#groups = [...expression.groups.values()];
    this.#emptyIsNull = emptyIsNull;
    this.#bytesMax = bytesMax;
  }

  parse(bytes: Buffer, start: number, end: number, found: FoundFields): string | undefined {
    if (end - start > this.#bytesMax) return "long";
    const text = bytes.toString("utf8", start, end);
    const places = this.#expression.find(text);
    if (places === undefined) return "expression";
    // Where every character is one byte, places in the text are places in the bytes; a slice of the text would keep all of it alive.
    const isAscii = text.length === end - start;
    for (let field = 0; field < this.#groups.length; field++) {
      const from = places[2 * this.#groups[field]!]!;
      const to = places[2 * this.#groups[field]! + 1]!;
      if (from < 0 || (from === to && this.#emptyIsNull)) continue;
      if (isAscii) found.set(field, start + from, start + to);
      else found.setText(field, Buffer.from(text.slice(from, to)).toString());
    }
    return undefined;
  }
}

/** More than a log line of a person's writing has; the linear engine takes some milliseconds for it. */
const EXPRESSION_BYTES_MAX = 16_384;
