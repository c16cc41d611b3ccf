import { HotakaError } from "../../kit/index.ts";

/** Where something stands. */
export interface Place {
  readonly file: string;
  readonly line: number;
}

/** A setting within a section, as it is written. */
export interface Parameter extends Place {
  readonly key: string;
  readonly text: string;
  /** There is Ruby in it that Fluentd would run. */
  readonly hasRuby: boolean;
}

/**
 * A section of a configuration: `<match app.**> ... </match>`. Who translates it asks for what it knows; what nobody asked for is what could not
 * be translated, so that nothing is left out in silence.
 */
export class Section implements Place {
  readonly name: string;
  /** What stands behind the name: the pattern of a match. */
  readonly argument: string;
  readonly file: string;
  readonly line: number;
  readonly parameters: Parameter[] = [];
  readonly sections: Section[] = [];
  readonly #asked = new Set<Parameter | Section>();

  constructor(name: string, argument: string, place: Place) {
    this.name = name;
    this.argument = argument;
    this.file = place.file;
    this.line = place.line;
  }

  /** What kind of plugin it is: `@type tail`, or `type tail` as it was written before. */
  get type(): string {
    return this.value("@type", "type") ?? "";
  }

  /** The setting that one of these keys has; the last one, where several stand. Undefined where none does. */
  parameter(...keys: readonly string[]): Parameter | undefined {
    const found = this.parameters.filter(({ key }) => keys.includes(key));
    for (const one of found) this.#asked.add(one);
    return found.at(-1);
  }

  /** Its text; undefined also for one that is Ruby, which stays among what could not be translated. */
  value(...keys: readonly string[]): string | undefined {
    const found = this.parameters.filter(({ key }) => keys.includes(key));
    if (found.at(-1)?.hasRuby === true) return undefined;
    return this.parameter(...keys)?.text;
  }

  /** The items of a list in one line, apart by commas, or of one in JSON; none where the setting is not there. Throws HOTAKA_IMPORT_INVALID. */
  list(...keys: readonly string[]): string[] {
    const text = this.value(...keys)?.trim() ?? "";
    if (text === "") return [];
    if (!text.startsWith("[")) return text.split(",").map((item) => item.trim());
    const list = this.json(...keys);
    return Array.isArray(list) ? list.map(String) : [];
  }

  /** The pairs of `a:b,c:d`, or of an object in JSON; none where the setting is not there. Throws HOTAKA_IMPORT_INVALID. */
  pairs(...keys: readonly string[]): [name: string, value: string][] {
    const text = this.value(...keys)?.trim() ?? "";
    if (text === "") return [];
    const pairs: readonly (readonly [string, unknown])[] = text.startsWith("{")
      ? Object.entries(this.json(...keys) ?? {})
      : text.split(",").map((pair) => [pair.split(":", 1)[0]!, pair.includes(":") ? pair.slice(pair.indexOf(":") + 1) : ""]);
    return pairs.map(([name, value]) => [name.trim(), String(value).trim()]);
  }

  /** The value of a setting in JSON; undefined where it is not there. Throws HOTAKA_IMPORT_INVALID with its place for what is none. */
  json(...keys: readonly string[]): unknown {
    const text = this.value(...keys);
    const found = this.parameter(...keys);
    if (text === undefined || found === undefined) return undefined;
    try {
      return JSON.parse(text);
    } catch (thrown) {
      const { file, line, key } = found;
      const sentence = `${file}:${line}  ${key}: ${text.slice(0, 80)} was found; JSON was wanted.`;
      throw new HotakaError("HOTAKA_IMPORT_INVALID", sentence, { details: { file, line }, cause: thrown });
    }
  }

  /** The sections of that name within it. */
  all(...names: readonly string[]): Section[] {
    const found = this.sections.filter(({ name }) => names.includes(name));
    for (const one of found) this.#asked.add(one);
    return found;
  }

  /** What nobody has asked for, in it and, unless it is `shallow`, in the sections within it that somebody asked for. */
  unasked({ shallow = false }: { readonly shallow?: boolean } = {}): { readonly parameters: Parameter[]; readonly sections: Section[] } {
    const inner = shallow ? [] : this.sections.filter((section) => this.#asked.has(section)).map((section) => section.unasked());
    return {
      parameters: [...this.parameters.filter((one) => !this.#asked.has(one)), ...inner.flatMap(({ parameters }) => parameters)],
      sections: [...this.sections.filter((one) => !this.#asked.has(one)), ...inner.flatMap(({ sections }) => sections)],
    };
  }
}
