import { expect, test } from "vitest";
import { z } from "zod";
import { commandPage } from "./command_page.ts";
import { componentPage, jsonSchemaOf } from "./component_page.ts";
import { dialectPage } from "./dialect_page.ts";
import { errorsPage } from "./errors_page.ts";
import { contents, textOf } from "./page.ts";
import { wantedOf } from "./schema_table.ts";

test("the page of a component shows how it is written, and every setting with what is wanted, its default and its meaning", () => {
  const page = componentPage("sources", {
    name: "syslog",
    summary: "Receives syslog lines.",
    config: (zod) =>
      zod.strictObject({
        listen: zod.string().describe("Address to listen on, as udp|tcp://host:port."),
        line_bytes_max: zod.int().min(480).max(65_536).default(8192).describe("Longest line accepted."),
        tls: zod
          .strictObject({ cert: zod.string().optional().describe("Path of the certificate.") })
          .optional()
          .describe("For TCP."),
      }),
    examples: [{ listen: "udp://127.0.0.1:5514" }],
  });
  expect(page.path).toBe("sources/syslog.md");
  expect(page.body).toContain("```yaml\nsources:\n  - syslog:\n      listen: udp://127.0.0.1:5514\n```");
  expect(
    page.body
      .split("\n")
      .filter((line) => line.startsWith("|"))
      .slice(2),
  ).toEqual([
    String.raw`| \`listen\` | text | required | Address to listen on, as udp\|tcp://host:port. |`.replaceAll("\\`", "`"),
    "| `line_bytes_max` | whole number, 480 to 65536 | `8192` | Longest line accepted. |",
    "| `tls` | map |  | For TCP. |",
    "| `tls.cert` | text |  | Path of the certificate. |",
  ]);
});

test("the page of an action says how to take back what it did, that of a component without settings that it has none", () => {
  const page = componentPage("actions", {
    name: "block",
    summary: "Blocks.",
    config: (zod) => zod.strictObject({}),
    examples: [{}],
    undo: "`hotaka unblock ADDRESS`.",
  });
  expect(page.body).toContain("match: block.**");
  expect(page.body).toContain("It has none.");
  expect(page.body).toContain("## Undo\n\n`hotaka unblock ADDRESS`.");
});

test.each([
  [z.int(), "whole number"],
  [z.int().min(1), "whole number, at least 1"],
  [z.number().gt(0).max(1), "number above 0, at most 1"],
  [z.boolean(), "`true` or `false`"],
  [z.enum(["detect", "enforce"]), "`detect` or `enforce`"],
  [z.union([z.literal("none"), z.string().min(1)]), "`none` or text, not empty"],
  [z.array(z.string()).min(1), "list of at least 1: text"],
  [z.array(z.string()).max(3), "list of at most 3: text"],
  [z.string().max(3), "text, at most 3 characters"],
  [z.record(z.string(), z.int().min(0)), "map to: whole number, at least 0"],
  [z.string().meta({ wanted: "a duration" }).transform(Number), "a duration"],
  [z.union([z.string(), z.string()]), "text"],
  [
    z
      .object({ tail: z.object({}).optional(), http: z.object({}).optional() })
      .meta({ oneOf: [{ required: ["tail"] }, { required: ["http"] }] }),
    "a map with one of `tail` or `http`",
  ],
])("%# is told in words", (schema, words) => {
  expect(wantedOf(jsonSchemaOf(schema))).toBe(words);
});

test("the page of the words of the language shows parameters, a query and whom it follows", () => {
  const page = dialectPage({ path: "sql/windows.md", title: "Windows", summary: "How long events stay." }, [
    {
      name: "win:time",
      summary: "Keeps each event for a fixed age.",
      parameters: [{ name: "age", kind: "duration", doc: "How long." }],
      example: "SELECT count(*) FROM access.win:time(10 sec)",
      after: "Esper 5 reference",
    },
  ]);
  expect(page.body).toBe(
    "## win:time\n\nKeeps each event for a fixed age.\n\n- `age` (duration): How long.\n\n```sql\nSELECT count(*) FROM access.win:time(10 sec)\n```\n\nAfter: Esper 5 reference.\n",
  );
});

test("every page is listed with its sentence, and says that it is not to be edited", () => {
  const errors = errorsPage({ HOTAKA_STOPPING: "The daemon is stopping." });
  const tail = { path: "sources/tail.md", title: "tail", summary: "Follows a file.", body: "" };
  expect(contents([tail, errors]).body).toBe(
    `- [Errors](errors.md): ${errors.summary}\n\n## Sources\n\n- [tail](sources/tail.md): Follows a file.\n`,
  );
  expect(textOf(errors)).toMatch(/^<!-- Written by `npm run docs`.* -->\n\n# Errors\n\n/);
  expect(textOf(errors)).toContain("## HOTAKA_STOPPING\n\nThe daemon is stopping.\n");
});

test("the page of a command is its help", async () => {
  const tap = {
    name: "tap",
    summary: "Print what a query finds",
    load: async () => (command: { argument(name: string, what: string): unknown }) => void command.argument("<query>", "name of the query"),
  };
  const page = await commandPage(tap, [tap]);
  expect([page.path, page.summary]).toEqual(["commands/tap.md", "Print what a query finds."]);
  expect(page.body).toMatch(/^```text\nUsage: hotaka tap .*<query>[^]*name of the query[^]*\n```\n$/);
});
