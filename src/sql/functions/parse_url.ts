import { text } from "../operations/argument.ts";
import { queryParameter, URL_PART_NAMES, urlPart } from "../operations/url.ts";
import { defineFunction } from "../vocabulary.ts";

export const parseUrl = defineFunction({
  name: "parse_url",
  summary: "A part of a URL, as it stands there; with a third argument the decoded value of a parameter of its query.",
  parameters: [
    { name: "url", kind: "expression", doc: "A whole URL, or a path with or without a query as logs have it." },
    { name: "part", kind: "text", doc: "PROTOCOL, AUTHORITY, USERINFO, HOST, PATH, QUERY, FILE (path and query) or REF, written out." },
    { name: "key", kind: "expression", doc: "With QUERY: the parameter.", optional: true },
  ],
  example:
    "SELECT parse_url(path, 'PATH') AS page, count(*) AS requests FROM access.win:time_batch(1 min) GROUP BY parse_url(path, 'PATH')",
  after: "Hive's and Flink's parse_url; RFC 3986 for the parts",
  resolve([url, , key, ...more], [, name]) {
    const part = URL_PART_NAMES.find((known) => typeof name === "string" && known === name.toUpperCase());
    if (url !== "string" || more.length > 0) return "it takes a URL, the name of a part and perhaps a parameter.";
    if (part === undefined) return `its part is one of ${URL_PART_NAMES.join(", ")}, written out.`;
    if (key !== undefined && (key !== "string" || part !== "QUERY")) return "a third argument is the name of a parameter of QUERY.";
    return {
      type: "string",
      operation: {
        name: `parse_url ${part}`,
        strict: true,
        nullable: true,
        evaluate: (value, _part, parameter) => {
          const found = urlPart(text(value), part);
          return parameter === undefined || found === null ? found : queryParameter(found, text(parameter));
        },
      },
    };
  },
});
