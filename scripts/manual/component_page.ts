import { stringify } from "yaml";
import { z } from "zod";
import type { Definition, Zod } from "../../src/component/index.ts";
import type { Page } from "./page.ts";
import { type JsonSchema, settingsTable } from "./schema_table.ts";

/** A component as far as its page tells of it, whatever the type of its settings. */
export type Described = Pick<Definition<unknown>, "name" | "summary" | "examples" | "needs"> & {
  readonly config: (z: Zod) => z.ZodType;
  /** An action's sentence on how a person takes back what it did. */
  readonly undo?: string;
};

/** The kinds of components: their folder under `src`, and how one stands in the settings file. */
export const KINDS = {
  sources: (name: string, example: unknown) => ({ sources: [{ [name]: example }] }),
  filters: (name: string, example: unknown) => ({ filters: [{ match: "app.**", [name]: example }] }),
  formats: (name: string, example: unknown) => ({
    sources: [{ tail: { path: "/var/log/app.log", format: isEmpty(example) ? name : { [name]: example }, target: "app" } }],
  }),
  actions: (name: string, example: unknown) => ({ actions: [{ match: "block.**", [name]: example }] }),
  enforcers: (name: string, example: unknown) => ({ enforcers: [{ [name]: example }] }),
} as const satisfies Readonly<Record<string, (name: string, example: unknown) => unknown>>;

/** The page of one component: `sources/tail.md`. `fields` are those that a format gives. */
export function componentPage(kind: keyof typeof KINDS, component: Described, fields: Readonly<Record<string, string>> = {}): Page {
  const { name, summary, examples, undo, needs = [] } = component;
  const given = Object.entries(fields).map(([field, type]) => `| \`${field}\` | ${type} |`);
  const table = settingsTable(jsonSchemaOf(component.config(z)));
  const yaml = examples.map((example) => `\`\`\`yaml\n${stringify(KINDS[kind](name, example))}\`\`\`\n`);
  return {
    path: `${kind}/${name}.md`,
    title: name,
    summary,
    body: [
      ...needs.map(
        (needed) =>
          `It works with the package ${needed.name}, which is installed where it is wanted: \`npm install ${needed.name}@${needed.version}\`.\n`,
      ),
      ...(yaml.length === 0 ? [] : ["## Example\n", ...yaml]),
      "## Settings\n",
      table === "" ? "It has none.\n" : table,
      ...(given.length === 0 ? [] : ["## Fields\n", "| field | type |", "|---|---|", ...given, ""]),
      ...(undo === undefined ? [] : [`## Undo\n\n${undo}\n`]),
    ].join("\n"),
  };
}

/** A schema as JSON Schema of what a person writes, which is not always what the program reads it as. */
export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as JsonSchema;
}

function isEmpty(example: unknown): boolean {
  return typeof example === "object" && example !== null && Object.keys(example).length === 0;
}
