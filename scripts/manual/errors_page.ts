import type { Page } from "./page.ts";

/** The page of all error codes, each under a heading of its own, so that a message can be looked up by its code. */
export function errorsPage(codes: Readonly<Record<string, string>>): Page {
  return {
    path: "errors.md",
    title: "Errors",
    summary:
      "Every error has a code for machines, which never changes, and a sentence for people: what failed, where, what was found, what was wanted, the next step.",
    body: Object.entries(codes)
      .map(([code, meaning]) => `## ${code}\n\n${meaning}\n`)
      .join("\n"),
  };
}
