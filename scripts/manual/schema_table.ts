/** The parts of a JSON Schema that zod writes and the manual reads. */
export interface JsonSchema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
  /** Ours: what a text is to be, where a schema reads it as something else (a duration, a size, an address). */
  readonly wanted?: string;
}

/**
 * The settings of a schema as a table of Markdown, one row for each, those of a nested map behind it as `outer.inner`. Empty when there
 * are none.
 */
export function settingsTable(schema: JsonSchema): string {
  const rows = rowsOf(schema, "", schema.$defs ?? {});
  if (rows.length === 0) return "";
  const lines = rows.map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", String.raw`\|`)).join(" | ")} |`);
  return ["| setting | what is wanted | default | what it does |", "|---|---|---|---|", ...lines, ""].join("\n");
}

/** What is wanted of a value, in words: `whole number, 1 to 100`. */
export function wantedOf(schema: JsonSchema, definitions: Definitions = {}): string {
  const at = resolved(schema, definitions);
  if (at.wanted !== undefined) return at.wanted;
  if (at.const !== undefined) return code(at.const);
  if (at.enum !== undefined) return alternatives(at.enum.map(code));
  const choices = at.anyOf ?? (at.type === undefined ? at.oneOf : undefined);
  if (choices !== undefined) return alternatives(choices.map((choice) => wantedOf(choice, definitions)));
  switch (at.type) {
    case "string":
      return textOf(at.minLength, at.maxLength);
    case "integer":
      return numberOf("whole number", at);
    case "number":
      return numberOf("number", at);
    case "boolean":
      return "`true` or `false`";
    case "array":
      return `${listOf(at.minItems, at.maxItems)}: ${wantedOf(at.items ?? {}, definitions)}`;
    case "object":
      if (choicesOf(at).length > 0) return `a map with one of ${alternatives(choicesOf(at).map(code))}`;
      return typeof at.additionalProperties === "object" ? `map to: ${wantedOf(at.additionalProperties, definitions)}` : "map";
    case "null":
      return "nothing";
    default:
      return "any value";
  }
}

type Definitions = Readonly<Record<string, JsonSchema>>;

function rowsOf(schema: JsonSchema, prefix: string, definitions: Definitions): string[][] {
  const at = resolved(schema, definitions);
  return Object.entries(at.properties ?? {}).flatMap(([name, property]) => {
    const setting = resolved(property, definitions);
    const path = `${prefix}${name}`;
    const isRequired = at.required?.includes(name) === true && setting.default === undefined;
    const fallback = setting.default === undefined ? (isRequired ? "required" : "") : code(setting.default);
    const row = [`\`${path}\``, wantedOf(setting, definitions), fallback, oneLine(setting.description ?? "")];
    return [row, ...rowsOf(setting, `${path}.`, definitions), ...itemRowsOf(setting, path, definitions)];
  });
}

/** What stands in the items of a list, as `outer[].inner`, and in the values of a map, as `outer.*.inner`. */
function itemRowsOf(setting: JsonSchema, path: string, definitions: Definitions): string[][] {
  if (setting.items !== undefined) return rowsOf(withoutChoices(resolved(setting.items, definitions)), `${path}[].`, definitions);
  return typeof setting.additionalProperties === "object" ? rowsOf(setting.additionalProperties, `${path}.*.`, definitions) : [];
}

/** An item that names one of several components: their settings stand on pages of their own. */
function withoutChoices(item: JsonSchema): JsonSchema {
  const choices = choicesOf(item);
  const beside = Object.entries(item.properties ?? {}).filter(([name]) => !choices.includes(name));
  return { ...item, properties: Object.fromEntries(beside) };
}

function choicesOf(item: JsonSchema): string[] {
  return item.properties === undefined ? [] : (item.oneOf ?? []).flatMap(({ required }) => required ?? []);
}

function resolved(schema: JsonSchema, definitions: Definitions): JsonSchema {
  const name = schema.$ref?.replace(/^#\/\$defs\//, "");
  if (name === undefined) return schema;
  const { $ref: _, ...beside } = schema;
  return { ...definitions[name], ...beside };
}

function numberOf(kind: string, at: JsonSchema): string {
  if (at.exclusiveMinimum !== undefined) return `${kind} above ${at.exclusiveMinimum}${atMost(at)}`;
  const least = bound(at.minimum);
  const most = bound(at.maximum);
  if (least !== undefined && most !== undefined) return `${kind}, ${least} to ${most}`;
  if (least !== undefined) return `${kind}, at least ${least}${atMost(at)}`;
  return `${kind}${atMost(at)}`;
}

function atMost(at: JsonSchema): string {
  if (at.exclusiveMaximum !== undefined) return `, below ${at.exclusiveMaximum}`;
  return bound(at.maximum) === undefined ? "" : `, at most ${at.maximum}`;
}

/** zod bounds every whole number by what a double holds exactly; that is no bound to tell a person of. */
function bound(value: number | undefined): number | undefined {
  return value === undefined || Math.abs(value) === Number.MAX_SAFE_INTEGER ? undefined : value;
}

function textOf(least: number | undefined, most: number | undefined): string {
  if (least !== undefined && most !== undefined) return `text, ${least} to ${most} characters`;
  if (most !== undefined) return `text, at most ${most} characters`;
  if (least === undefined || least === 0) return "text";
  return least === 1 ? "text, not empty" : `text, at least ${least} characters`;
}

function listOf(least: number | undefined, most: number | undefined): string {
  if (least !== undefined && most !== undefined) return `list of ${least} to ${most}`;
  if (most !== undefined) return `list of at most ${most}`;
  return least === undefined ? "list of" : `list of at least ${least}`;
}

function alternatives(words: readonly string[]): string {
  const distinct = [...new Set(words)];
  return distinct.length < 2 ? distinct.join("") : `${distinct.slice(0, -1).join(", ")} or ${distinct.at(-1)}`;
}

function code(value: unknown): string {
  return `\`${typeof value === "string" ? value : JSON.stringify(value)}\``;
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim();
}
