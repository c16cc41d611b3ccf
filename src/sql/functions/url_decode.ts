import { text } from "../operations/argument.ts";
import { percentDecoded } from "../operations/url.ts";
import { defineFunction } from "../vocabulary.ts";

export const urlDecode = defineFunction({
  name: "url_decode",
  summary: "A text without its percent-encoding: %2F is /, + is a blank. What is not well encoded stays as it is.",
  parameters: [{ name: "text", kind: "expression", doc: "A path, a query or a part of one." }],
  example: "SELECT host FROM access WHERE url_decode(path) LIKE '%../%'",
  after: "Our own; WHATWG URL, 'application/x-www-form-urlencoded parsing'",
  resolve([value, ...more]) {
    if (value !== "string" || more.length > 0) return "it takes a text.";
    return {
      type: "string",
      operation: { name: "url_decode", strict: true, nullable: false, evaluate: (encoded) => percentDecoded(text(encoded)) },
    };
  },
});
