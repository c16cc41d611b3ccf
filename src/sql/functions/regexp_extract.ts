import { patternOfQuery, recentPattern } from "../operations/regexp.ts";
import { text } from "../operations/argument.ts";
import { isIntegral } from "../plan/type.ts";
import { defineFunction } from "../vocabulary.ts";

export const regexpExtract = defineFunction({
  name: "regexp_extract",
  summary: "What a group of a regular expression has matched, anywhere in the text; null where it does not match.",
  parameters: [
    { name: "text", kind: "expression", doc: "Where to look." },
    { name: "pattern", kind: "expression", doc: "In RE2's syntax: Java's without backreferences and lookaround." },
    {
      name: "group",
      kind: "count",
      doc: "Which group; 0 is the whole match. Without it the first group, or the whole match where there is none.",
      optional: true,
    },
  ],
  example: "SELECT regexp_extract(path, '^/blog/([0-9]+)') AS post FROM access",
  after: "Our own",
  resolve([value, pattern, group, ...more], [, constant]) {
    if (value !== "string" || pattern !== "string" || more.length > 0)
      return "it takes a text, a pattern and perhaps the number of a group.";
    if (group !== undefined && !isIntegral(group)) return "the number of the group is a whole number.";
    const checked = typeof constant === "string" ? patternOfQuery(constant) : undefined;
    if (typeof checked === "string") return checked;
    return {
      type: "string",
      operation: {
        name: "regexp_extract",
        strict: true,
        nullable: true,
        evaluate: (candidate, source, number) => {
          const groups = recentPattern(text(source), text(candidate))?.find(text(candidate));
          return groups?.[number === undefined ? Math.min(1, groups.length - 1) : Number(number)] ?? null;
        },
      },
    };
  },
});
