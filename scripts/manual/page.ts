/** One file of the manual. */
export interface Page {
  /** Relative to `docs/reference`. */
  readonly path: string;
  readonly title: string;
  /** One sentence for the list of contents. */
  readonly summary: string;
  /** Markdown behind the title and the summary. */
  readonly body: string;
}

/** A page as it stands in its file, or the text of a file that is not Markdown, as it is. */
export function textOf(page: Page): string {
  if (!page.path.endsWith(".md")) return page.body;
  return `${WRITTEN}# ${page.title}\n\n${page.summary}\n\n${page.body.trim()}\n`;
}

/** The page that lists all others, by folder. */
export function contents(pages: readonly Page[]): Page {
  const folders = [...new Set(pages.map(({ path }) => folderOf(path)))].toSorted();
  const lists = folders.map((folder) => {
    const heading = folder === "" ? "" : `## ${HEADINGS[folder] ?? folder}\n\n`;
    const lines = pages
      .filter(({ path }) => folderOf(path) === folder)
      .toSorted((left, right) => (left.path < right.path ? -1 : 1))
      .map(({ path, title, summary }) => `- [${title}](${path}): ${summary}`);
    return `${heading}${lines.join("\n")}\n`;
  });
  return {
    path: "README.md",
    title: "Reference",
    summary: "Every setting, every word of the language, every error.",
    body: lists.join("\n"),
  };
}

function folderOf(path: string): string {
  return path.includes("/") ? path.slice(0, path.indexOf("/")) : "";
}

const HEADINGS: Readonly<Record<string, string>> = {
  actions: "Actions",
  commands: "Commands",
  enforcers: "Enforcers",
  filters: "Filters",
  formats: "Formats",
  sources: "Sources",
  sql: "The query language",
};

const WRITTEN = "<!-- Written by `npm run docs` from the code; what is changed here by hand is lost. -->\n\n";
