import type { Page } from "./page.ts";
import { type JsonSchema, settingsTable } from "./schema_table.ts";

/** The page of the whole settings file, and its JSON Schema for editors. */
export function settingsPages(schema: JsonSchema): Page[] {
  return [
    {
      path: "settings.md",
      title: "Settings",
      summary: "Everything that may stand in the one file of settings.",
      body: `${INTRODUCTION}\n${settingsTable(schema)}`,
    },
    {
      path: SCHEMA_FILE,
      title: SCHEMA_FILE,
      summary: "The settings file as JSON Schema, by which editors complete and check it.",
      body: `${JSON.stringify(schema, undefined, 2)}\n`,
    },
  ];
}

const SCHEMA_FILE = "settings.schema.json";

const INTRODUCTION = `[examples/nginx/hotaka.yaml](../../examples/nginx/hotaka.yaml) is a whole file. \`hotaka validate\` checks one and says what is wrong where. An editor completes and checks it while you type when this line
stands at its top, with the path of the schema:

\`\`\`yaml
# yaml-language-server: $schema=docs/reference/${SCHEMA_FILE}
\`\`\`

A name with \`[]\` behind it is a list, one with \`.*\` a map whose names are yours. What stands under the name of a source, an action or an
enforcement point is on its own page.
`;
