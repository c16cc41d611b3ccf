/**
 * @typedef {object} Template
 * @property {string} kind As written behind `npm run new`.
 * @property {{ file: string, name: string }} list The file that lists them, and the name of the list in it.
 * @property {(name: string) => string} file Where the declaration goes.
 * @property {(name: string, identifier: string) => string} declaration
 * @property {(name: string, identifier: string) => string} test
 */

/** Kinds whose list is loaded only when somebody asks for it. */
const LISTS_APART = ["format"];

/** @type {readonly Template[]} */
export const templates = [
  component({
    kind: "source",
    settings: `z.strictObject({
      target: z.string().min(1).describe("Target that receives the events."),
    })`,
    example: `{ target: "access" }`,
    summary: "Brings events in from where its name says.",
    more: `
  targets: ({ target }) => ({ [target]: { message: "string" } }),`,
  }),
  component({
    kind: "action",
    settings: "z.strictObject({})",
    example: "{}",
    summary: "Answers a row in the way its name says.",
    more: `
  undo: "Tell here how a person takes back what it did.",`,
  }),
  component({
    kind: "enforcer",
    settings: "z.strictObject({})",
    example: "{}",
    summary: "Makes blocks take effect where its name says.",
    more: `
  undo: "Tell here how a person takes away all that it put there.",`,
  }),
  component({
    kind: "format",
    settings: "z.strictObject({})",
    example: "{}",
    summary: "Lines as its name says.",
  }),
  {
    kind: "function",
    list: { file: "src/sql/standard.ts", name: "functions" },
    file: (name) => `src/sql/functions/${name}.ts`,
    declaration: (name, identifier) => `
import { defineFunction } from "../vocabulary.ts";

export const ${identifier} = defineFunction({
  name: "${name}",
  summary: "Gives what its name says.",
  parameters: [{ name: "value", kind: "expression", doc: "What it is asked about." }],
  example: "SELECT ${name}(size) AS result FROM access",
  after: "Hotaka's own",
  resolve: () => "it is not written yet.",
});
`,
    test: (name, identifier) => `
import { expect, test } from "vitest";
import { ${identifier} } from "./${name}.ts";

test("${name} takes an integer", () => {
  expect(${identifier}.resolve(["long"], [undefined]), "Next: write resolve() in src/sql/functions/${name}.ts, whose definition it follows in \`after\`, and say here in sentences what it gives").not.toBeTypeOf("string");
});
`,
  },
];

/**
 * @param {{ kind: "source" | "action" | "enforcer" | "format", settings: string, example: string, summary: string, more?: string }} words
 * @returns {Template}
 */
function component({ kind, settings, example, summary, more = "" }) {
  const define = `define${kind[0]?.toUpperCase()}${kind.slice(1)}`;
  const folder = `src/${kind}s`;
  return {
    kind,
    list: { file: `${folder}/${LISTS_APART.includes(kind) ? "list" : "index"}.ts`, name: `${kind}s` },
    file: (name) => `${folder}/${name}/${name}.ts`,
    declaration: (name, identifier) => `
import { ${define} } from "../../component/index.ts";

export const ${identifier} = ${define}({
  name: "${name}",
  summary: "${summary}",
  config: (z) =>
    ${settings},
  examples: [${example}],${more}
  open: () => {
    throw new Error("open() of ${name} is not written yet.");
  },
});
`,
    test: (name, identifier) => `
import { expect, test } from "vitest";
import { z } from "zod";
import { ${identifier} } from "./${name}.ts";

test("the examples of ${name} are settings that it takes", () => {
  for (const example of ${identifier}.examples) expect(${identifier}.config(z).safeParse(example).error).toBeUndefined();
});

test("${name} does what its summary says", () => {
  expect.fail("Next: write the summary, the settings and open() in ${folder}/${name}/${name}.ts, then say here in sentences what it does. CONTRIBUTING.md has the steps.");
});
`,
  };
}
