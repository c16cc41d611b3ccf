import type { Place, Section } from "./section.ts";

/** Something to tell of a translation. */
export interface Note extends Place {
  /** `untranslated`: it is missing from what was written; `changed`: it is there and works otherwise; `needless`: there is nothing to be done. */
  readonly kind: "untranslated" | "changed" | "needless";
  readonly sentence: string;
}

/** What there is to tell, gathered while a configuration is translated. */
export class Notes {
  readonly all: Note[] = [];

  add(kind: Note["kind"], { file, line }: Place, sentence: string): void {
    this.all.push({ kind, file, line, sentence });
  }

  /** Settings that need no counterpart, each with the same reason. */
  needless(section: Section, keys: readonly string[], why: string): void {
    const found = keys.flatMap((key) => section.parameter(key) ?? []);
    if (found.length > 0) this.add("needless", found[0]!, `${found.map(({ key }) => key).join(", ")}: ${why}.`);
  }

  /** What nobody asked for of a section; with `shallow` not of those within it, which were told of by themselves. */
  rest(section: Section, options: { readonly shallow?: boolean } = {}): void {
    const { parameters, sections } = section.unasked(options);
    for (const parameter of parameters) {
      if (UNIMPORTANT.has(parameter.key)) continue;
      this.add(
        "untranslated",
        parameter,
        parameter.hasRuby
          ? `${parameter.key}: the Ruby in "${parameter.text.slice(0, 80)}" is not run here. Write what it stands for.`
          : `${parameter.key} of <${section.name}> (${section.type || "no type"}) has no counterpart, or none that is known.`,
      );
    }
    for (const inner of sections)
      this.add("untranslated", inner, `<${inner.name}> of <${section.name}> (${section.type || "no type"}) has no counterpart.`);
  }
}

/** Of no effect on what happens to events. */
const UNIMPORTANT: ReadonlySet<string> = new Set(["@type", "type", "@id", "id", "@log_level", "log_level"]);
