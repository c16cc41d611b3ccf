import { describe, expect, test } from "vitest";
import { z } from "zod";
import { checkSettings, componentItem, declaredIn, defineFormat, duration, parseSettings, SettingsError, type Zod } from "./index.ts";

const tail = defineFormat({
  name: "tail",
  summary: "Follows a file.",
  config: (zod: Zod) =>
    zod.strictObject({
      path: zod.union([zod.string(), zod.array(zod.string())]),
      line_bytes_max: zod.int().min(480).default(8192),
      every: duration(zod).prefault("1s"),
    }),
  examples: [{ path: "x.log" }],
  open: () => {
    throw new Error("no settings check opens anything");
  },
});

const schema = z.strictObject({
  data_dir: z.string().default("./data"),
  level: z.enum(["debug", "info", "warn"]).default("info"),
  sources: z.array(componentItem(z, [tail], { dry_run: z.boolean().default(false) })).default([]),
  queries: z.array(z.strictObject({ name: z.string(), sql: z.string() })).default([]),
});

async function problems(text: string): Promise<string[]> {
  try {
    checkSettings(z, schema, await parseSettings(text, "hotaka.yaml"));
  } catch (thrown) {
    if (thrown instanceof SettingsError) return thrown.message.split("\n");
    throw thrown;
  }
  return [];
}

test("an empty file means every default", async () => {
  expect(checkSettings(z, schema, await parseSettings("", "hotaka.yaml"))).toMatchObject({
    data_dir: "./data",
    level: "info",
    sources: [],
  });
  expect(checkSettings(z, schema, await parseSettings("# nothing yet\n", "hotaka.yaml"))).toMatchObject({ data_dir: "./data" });
});

test("a component item gives the definition it names and its settings", async () => {
  const settings = checkSettings(
    z,
    schema,
    await parseSettings("sources:\n  - tail: { path: a.log, every: 2 min }\n    dry_run: true\n", "x"),
  );
  expect(settings.sources[0]?.dry_run).toBe(true);
  expect(declaredIn([tail], settings.sources[0]!)).toEqual([
    { definition: tail, config: { path: "a.log", line_bytes_max: 8192, every: 120_000 } },
  ]);
});

describe("what is wrong is said with its place, what was found and what was wanted", () => {
  test.each([
    [
      "dta_dir: x\n",
      'hotaka.yaml:1:1 HOTAKA_CONFIG_UNKNOWN_KEY  the settings: "dta_dir" is not a setting of Hotaka. Did you mean "data_dir"?',
    ],
    [
      "x: 1\n",
      'hotaka.yaml:1:1 HOTAKA_CONFIG_UNKNOWN_KEY  the settings: "x" is not a setting of Hotaka. Known here: data_dir, level, queries, sources.',
    ],
    [
      "level: inf\n",
      'hotaka.yaml:1:8 HOTAKA_CONFIG_INVALID  level: "inf" was found; one of debug, info, warn was wanted. Did you mean "info"?',
    ],
    ["data_dir: [a]\n", "hotaka.yaml:1:11 HOTAKA_CONFIG_INVALID  data_dir: a list was found; text was wanted."],
    ["queries:\n  - name: a\n", 'hotaka.yaml:2:5 HOTAKA_CONFIG_INVALID  queries[0]: "sql" is missing; text was wanted.'],
    ["sources:\n  - tail: {}\n", 'hotaka.yaml:2:11 HOTAKA_CONFIG_INVALID  sources[0].tail: "path" is missing; text or a list was wanted.'],
    [
      "sources:\n  - tail: { path: 5 }\n",
      "hotaka.yaml:2:19 HOTAKA_CONFIG_INVALID  sources[0].tail.path: 5 was found; text or a list was wanted.",
    ],
    ["queries: { name: a }\n", "hotaka.yaml:1:10 HOTAKA_CONFIG_INVALID  queries: a map was found; a list was wanted."],
    ["just text\n", 'hotaka.yaml:1:1 HOTAKA_CONFIG_INVALID  the settings: "just text" was found; a map (name: value) was wanted.'],
    [
      "sources:\n  - tail: { path: a, lin_bytes_max: 1 }\n",
      'hotaka.yaml:2:22 HOTAKA_CONFIG_UNKNOWN_KEY  sources[0].tail: "lin_bytes_max" is not a setting of tail. Did you mean "line_bytes_max"?',
    ],
    [
      "sources:\n  - tail: { path: a, line_bytes_max: 1 }\n",
      "hotaka.yaml:2:38 HOTAKA_CONFIG_INVALID  sources[0].tail.line_bytes_max: 1 was found; at least 480 was wanted.",
    ],
    [
      "sources:\n  - tail: { path: a, every: 5 }\n",
      "hotaka.yaml:2:29 HOTAKA_CONFIG_INVALID  sources[0].tail.every: 5 was found; a duration with a unit, such as 90s, 1h or 7 days was wanted.",
    ],
    [
      "sources:\n  - tial: {}\n",
      'hotaka.yaml:2:5 HOTAKA_CONFIG_UNKNOWN_KEY  sources[0]: "tial" is not a setting of sources. Did you mean "tail"?',
    ],
    [
      "sources:\n  - tail\n",
      'hotaka.yaml:2:5 HOTAKA_CONFIG_INVALID  sources[0]: "tail" was found; one of tail with its settings was wanted, such as "tail: {}". Did you mean "tail"?',
    ],
    [
      "sources:\n  - dry_run: true\n",
      "hotaka.yaml:2:5 HOTAKA_CONFIG_INVALID  sources[0]: no component was found; exactly one of tail was wanted.",
    ],
    ["level: info\nlevel: warn\n", 'hotaka.yaml:2:1 HOTAKA_CONFIG_DUPLICATE  "level" stands twice, here and on line 1. Remove one.'],
  ])("%j", async (text, sentence) => {
    expect((await problems(text))[0]).toBe(sentence);
  });

  test.each([
    ["a: 1\n---\nb: 1\n", /^hotaka\.yaml:2:1 HOTAKA_CONFIG_SYNTAX  .*multiple documents/],
    ["level: !!js/function x\n", /^hotaka\.yaml:1:8 HOTAKA_CONFIG_SYNTAX  Unresolved tag/],
    ["level: *nobody\n", /^hotaka\.yaml:1:\d+ HOTAKA_CONFIG_SYNTAX  .*nobody/],
    ["data_dir: {a: [b}\n", /^hotaka\.yaml:1:17 HOTAKA_CONFIG_SYNTAX  /],
  ])("%j", async (text, sentence) => {
    expect((await problems(text))[0]).toMatch(sentence);
  });

  test("all of it at once, in the order of the file", async () => {
    const found = await problems("level: 5\nqueries:\n  - nam: x\n    sql: 1\nsources: 1\n");
    expect(found.map((line) => line.split(" ")[0])).toEqual([
      "hotaka.yaml:1:8",
      "hotaka.yaml:3:5",
      "hotaka.yaml:3:5",
      "hotaka.yaml:4:10",
      "hotaka.yaml:5:10",
    ]);
  });

  test("no more than fifty lines of it", async () => {
    const text = Array.from({ length: 80 }, (_, index) => `k${index}: 1`).join("\n");
    const found = await problems(text);
    expect(found).toHaveLength(51);
    expect(found.at(-1)).toBe("hotaka.yaml: and 30 more");
  });
});

describe("a text made to exhaust the reader is refused", () => {
  test.each([
    [
      "aliases of aliases",
      `a: &a [x, x]\n${"bcdefghijkl"
        .split("")
        .map((name, index) => `${name}: &${name} [${Array(9).fill(`*${"abcdefghijk"[index]}`).join(",")}]`)
        .join("\n")}\n`,
      /aliases/,
    ],
    ["a hundred thousand open brackets", "[".repeat(100_000), /HOTAKA_CONFIG_SYNTAX/],
    ["two megabytes", `# ${"x".repeat(2_000_000)}`, /at most 1048576 are read/],
    ["a hundred thousand keys", Array.from({ length: 90_000 }, (_, index) => `k${index}: 1`).join("\n"), /and \d+ more/],
  ])("%s", async (_, text, sentence) => {
    expect((await problems(text)).join("\n")).toMatch(sentence);
  });
});

test("anchors and merge keys may be used, and a problem in a shared part is shown where it is written", async () => {
  const text = "sources:\n  - tail: &base { path: a.log, line_bytes_max: 1 }\n  - tail: { <<: *base, path: b.log }\n  - tail: *base\n";
  const places = (await problems(text)).map((line) => line.split(" ")[0]);
  expect(places).toEqual(["hotaka.yaml:2:48", "hotaka.yaml:2:48", "hotaka.yaml:3:11"]);
});

describe("a place within a text of the settings is found in the file", () => {
  test.each([
    ["a literal block", "queries:\n  - name: a\n    sql: |\n      SELECT host\n        FROM x\n", 2, 8, "5:14"],
    ["a literal block that starts with an empty line", "queries:\n  - name: a\n    sql: |\n\n      SELECT host\n", 2, 1, "5:7"],
    ["a literal block of a file with CRLF", "queries:\r\n  - name: a\r\n    sql: |\r\n      SELECT\r\n      host\r\n", 2, 2, "5:8"],
    ["plain text on one line", "queries:\n  - sql: SELECT host FROM x\n", 1, 8, "2:17"],
    ["quoted text on one line", 'queries:\n  - sql: "SELECT host"\n', 1, 8, "2:18"],
    ["folded text: its start", "queries:\n  - sql: >\n      SELECT host\n      FROM x\n", 1, 8, "2:10"],
  ])("%s", async (_, text, line, column, place) => {
    const document = await parseSettings(text, "x");
    const found = document.positionInText(["queries", 0, "sql"], line, column);
    expect(`${found.line}:${found.column}`).toBe(place);
  });
});
