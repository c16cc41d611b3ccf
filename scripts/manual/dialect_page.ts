import type { Page } from "./page.ts";

/** A window, an aggregate or a function as it describes itself. */
export interface Word {
  readonly name: string;
  readonly summary: string;
  readonly parameters: readonly { readonly name: string; readonly kind: string; readonly doc: string; readonly optional?: boolean }[];
  /** A whole query. */
  readonly example: string;
  /** Whose definition it follows. */
  readonly after: string;
}

/** The page of one kind of words of the language. */
export function dialectPage(page: Omit<Page, "body">, words: readonly Word[]): Page {
  return { ...page, body: words.map(sectionOf).join("\n") };
}

function sectionOf({ name, summary, parameters, example, after }: Word): string {
  const list = parameters.map(
    (parameter) => `- \`${parameter.name}\` (${parameter.kind}${parameter.optional === true ? ", optional" : ""}): ${parameter.doc}`,
  );
  return [
    `## ${name}`,
    "",
    summary,
    "",
    ...(list.length === 0 ? [] : [...list, ""]),
    "```sql",
    example,
    "```",
    "",
    `After: ${after}.`,
    "",
  ].join("\n");
}
