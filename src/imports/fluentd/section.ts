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
