import type { Note, Translation } from "../imports/index.ts";

export interface ImportReportOptions {
  readonly file: string;
  readonly notes: readonly Note[];
  /** What is wrong with the settings as they would stand. */
  readonly problems: readonly string[];
  readonly settings: Translation["settings"];
  /** Where they were written; undefined is the standard output. */
  readonly output: string | undefined;
}

/** What a person has to know of an import: what is missing first, then what works otherwise, then what need not be done. */
export function importReport({ file, notes, problems, settings, output }: ImportReportOptions): string {
  const counts = Object.entries(settings).map(([list, items]) => `${items.length} ${items.length === 1 ? SINGULAR.get(list) : list}`);
  const written = counts.length === 0 ? "nothing" : counts.join(", ");
  const lines = [`${file}: ${written}${output === undefined ? "" : `, written to ${output}`}.`];
  for (const [kind, title] of TITLES) {
    const own = notes.filter((note) => note.kind === kind);
    if (own.length === 0) continue;
    lines.push("", title, ...own.map(({ file: from, line, sentence }) => `  ${from}:${line}  ${sentence}`));
  }
  if (problems.length > 0) lines.push("", "Not right yet:", ...problems.map((problem) => `  ${problem}`));
  else if (!notes.some(({ kind }) => kind === "untranslated")) lines.push("", "Nothing is left untranslated.");
  if (output !== undefined) lines.push("", `Next: hotaka validate ${output}. Queries of a Norikra come over with \`hotaka stats import\`.`);
  return `${lines.join("\n")}\n`;
}

const TITLES = [
  ["untranslated", "Not translated:"],
  ["changed", "Works otherwise:"],
  ["needless", "Not needed:"],
] as const;
const SINGULAR: ReadonlyMap<string, string> = new Map([
  ["sources", "source"],
  ["filters", "filter"],
  ["routes", "route"],
  ["queries", "query"],
  ["actions", "action"],
]);
