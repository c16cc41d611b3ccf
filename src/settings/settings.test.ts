import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { defineAction, defineEnforcer, defineSource } from "../component/index.ts";
import { type Components, loadSettings, readSettings, settingsJsonSchema } from "./index.ts";

const NOT_OPENED = async (): Promise<never> => {
  throw new Error("reading settings opens nothing");
};

const tail = defineSource({
  name: "tail",
  summary: "Follows a file.",
  config: (z) => z.strictObject({ path: z.string(), target: z.string() }),
  examples: [],
  targets: ({ target }) => ({ [target]: { host: "string", code: "integer" } as const }),
  open: NOT_OPENED,
});
const conflicting = defineSource({
  name: "conflicting",
  summary: "Says that host is a number.",
  config: (z) => z.strictObject({}),
  examples: [],
  targets: () => ({ access: { host: "integer" } as const }),
  open: NOT_OPENED,
});
const forward = defineSource({
  name: "forward",
  summary: "Takes events that name their targets.",
  config: (z) => z.strictObject({}),
  examples: [],
  targets: () => undefined,
  open: NOT_OPENED,
});
const block = defineAction({
  name: "block",
  summary: "Blocks an address.",
  decides: true,
  undo: "hotaka unblock",
  config: (z) => z.strictObject({ address: z.string() }),
  reads: ({ address }) => [address],
  examples: [],
  open: NOT_OPENED,
});
const table = defineEnforcer({
  name: "table",
  summary: "A list in memory.",
  undo: "Nothing.",
  config: (z) => z.strictObject({}),
  examples: [],
  open: NOT_OPENED,
});

const COMPONENTS: Components = { sources: [tail, forward, conflicting], actions: [block], enforcers: [table], filters: [] };

const GOOD = `data_dir: ./data
sources:
  - tail: { path: a.log, target: access }
targets:
  access: { lateness_max: 60s, future_max: off }
queries:
  - name: block.flood
    sql: |
      SELECT host, count(*) AS requests
      FROM access.win:time_batch(1 min)
      GROUP BY host HAVING count(*) > 9
actions:
  - match: block.**
    block: { address: host }
    dry_run: true
enforcers:
  - table: {}
never_block: [192.0.2.10, 2001:db8:feed::/48]
policy: { decision_age_max: off, blocks_max: 10 }
budget: { groups_max: 7 }
`;

function problems(text: string): Promise<string[]> {
  return readSettings(text, "hotaka.yaml", COMPONENTS).then(
    () => [],
    (thrown: unknown) => String(thrown).replace("HotakaError: ", "").split("\n"),
  );
}

test("a file of settings becomes what the daemon is to do", async () => {
  const settings = await readSettings(GOOD, "etc/hotaka.yaml", COMPONENTS);
  expect(settings).toMatchObject({
    folder: resolve("etc"),
    dataDir: resolve("etc/data"),
    logLevel: "info",
    checkpointEveryMs: 5000,
    sources: [{ name: "sources[0] (tail)", definition: tail, config: { path: "a.log", target: "access" } }],
    queries: [{ name: "block.flood", budget: { groups_max: 7, events_max: 10_000_000, when_full: "refuse" } }],
    budget: { groups_max: 7, events_max: 10_000_000, when_full: "refuse" },
    actions: [{ name: "actions[0] (block)", dryRun: true, match: "block.**", config: { address: "host" } }],
    enforcers: [{ name: "enforcers[0] (table)", definition: table }],
    neverBlock: { prefixes: ["192.0.2.10", "2001:db8:feed::/48"], operatorForMs: 86_400_000 },
    policy: { decisionAgeMaxMs: undefined, blocksMax: 10, ipv6WidenBits: 64 },
    server: { listen: { host: "127.0.0.1", port: 26_578 }, hosts: [] },
    warnings: [],
  });
  expect(settings.targets.get("access")).toEqual({ lateness_max_ms: 60_000, future_max_ms: undefined });
  expect(settings.actions[0]?.fits("block.flood")).toBe(true);
  expect(settings.actions[0]?.fits("detect.flood")).toBe(false);
});

test("a budget that lets groups make room for others is refused for a query that cannot do so, at its place", async () => {
  const text = (own: string) => `
sources: [{ tail: { path: a.log, target: access } }]
budget: { when_full: evict }
queries:
  - name: joined
    sql: SELECT a.host FROM access.win:length(1) AS a, access.win:length(2) AS b WHERE a.host = b.host${own}
`;
  expect((await problems(text(""))).join("\n")).toMatch(
    /^hotaka\.yaml:6:10 HOTAKA_SQL_UNSUPPORTED .*its budget says "when_full: evict", and with a join no group can make room for another/,
  );
  expect(await problems(text("\n    budget: { when_full: refuse }"))).toEqual([]);
});

test("how rows wait for actions, and how they are tried again, is said in words of the field", async () => {
  const bounds = async (text: string) => (await readSettings(text, "hotaka.yaml", COMPONENTS)).outboxBounds;
  expect(await bounds("")).toEqual({
    rowsMax: 100_000,
    triesMax: 12,
    backoff: { firstMs: 1000, mostMs: 600_000 },
    deadLetterBytesMax: 64 << 20,
  });
  expect(await bounds("outbox: { rows_max: 500, tries_max: 1, retry_wait: 5s, retry_wait_max: 1h, dead_letter_bytes_max: 1MB }")).toEqual({
    rowsMax: 500,
    triesMax: 1,
    backoff: { firstMs: 5000, mostMs: 3_600_000 },
    deadLetterBytesMax: 1 << 20,
  });
});

test("who is never blocked may be named in several ways", async () => {
  const text = `
never_block:
  - 192.0.2.10
  - Office.Example.com
  - office.example.com
  - { aws_ip_ranges: ip-ranges.json, service: ROUTE53_HEALTHCHECKS }
  - { search_engines: [bing] }
  - { reverse_dns: [.crawler.example.com] }
policy: { operator_protected_for: off }
`;
  expect((await readSettings(text, "etc/hotaka.yaml", COMPONENTS)).neverBlock).toEqual({
    prefixes: ["192.0.2.10"],
    names: ["office.example.com"],
    awsIpRanges: [{ file: resolve("etc/ip-ranges.json"), service: "ROUTE53_HEALTHCHECKS", region: undefined }],
    suffixes: [
      { suffix: ".search.msn.com", owner: "bing" },
      { suffix: ".crawler.example.com", owner: "crawler.example.com" },
    ],
    operatorForMs: undefined,
  });
});

test.each([
  ["[1.2.3]", /"1\.2\.3" was found; an address, a prefix or a host name such as/],
  ["[192.0.2.300]", /"192\.0\.2\.300" was found/],
  ["[office]", /"office" was found/],
  ["[{ aws_ip_ranges: a.json, search_engines: all }]", /exactly one of aws_ip_ranges, search_engines, reverse_dns was wanted/],
  ["[{ search_engines: all, region: x }]", /service and region go with aws_ip_ranges/],
  ["[{ search_engine: all }]", /"search_engine" is not a setting of never_block\. Did you mean "search_engines"\?/],
  ["[{ search_engines: [gogle] }]", /"gogle" was found; one of apple, .* was wanted\. Did you mean "google"\?/],
  ["[{ reverse_dns: [googlebot.com] }]", /the end of a host name with the dot before it/],
])("never_block: %s is refused", async (entries, sentence) => {
  expect((await problems(`never_block: ${entries}`)).join("\n")).toMatch(sentence);
});

test("an empty file is a daemon with nothing to do", async () => {
  expect(await readSettings("", "hotaka.yaml", COMPONENTS)).toMatchObject({
    sources: [],
    queries: [],
    policy: { decisionAgeMaxMs: 3_600_000 },
  });
});

test("an address that others can reach is no mistake, and takes a token", async () => {
  const { warnings, server } = await readSettings("server: { listen: 0.0.0.0:80 }", "hotaka.yaml", COMPONENTS);
  expect(warnings).toEqual([
    expect.stringMatching(/^hotaka\.yaml:1:19 .*so the daemon starts only when there is a token\. `hotaka token create NAME`/),
  ]);
  expect(server).toMatchObject({ listen: { host: "0.0.0.0", port: 80 }, isOpenToNetwork: false });
});

test.each([
  ["", { listen: { host: "127.0.0.1", port: 26_571 }, mayBeTaken: true }],
  ["rpc: { body_bytes_max: 1MB }", { listen: { host: "127.0.0.1", port: 26_571 }, bodyBytesMax: 1_048_576, mayBeTaken: true }],
  ["rpc: { listen: 127.0.0.1:9000 }", { listen: { host: "127.0.0.1", port: 9000 }, mayBeTaken: false }],
  ["rpc: { listen: 0.0.0.0:9000, open_to_network: true }", { listen: { host: "0.0.0.0", port: 9000 }, mayBeTaken: false }],
])("%j says where the RPC listens", async (text, rpc) => {
  expect((await readSettings(text, "hotaka.yaml", COMPONENTS)).server.rpc).toMatchObject(rpc);
});

test("the RPC can be off", async () => {
  expect((await readSettings("rpc: { listen: off }", "hotaka.yaml", COMPONENTS)).server.rpc).toBeUndefined();
});

describe("what does not fit together is said with its place", () => {
  test.each([
    [
      "SELECT host",
      "SELECT hots",
      /^hotaka\.yaml:9:14 HOTAKA_SQL_UNKNOWN_FIELD {2}query "block\.flood", line 1, column 8: .*Did you mean "host"/,
    ],
    ["GROUP BY host", "GROUP host", /^hotaka\.yaml:11:13 HOTAKA_SQL_SYNTAX {2}query "block\.flood", line 3, column 7: /],
    ["FROM access", "FROM acces", /^hotaka\.yaml:10:12 HOTAKA_SQL_UNKNOWN_TARGET /],
    ["match: block.**", "match: 'block.{a'", /^hotaka\.yaml:13:12 HOTAKA_CONFIG_INVALID {2}match pattern "block\.\{a" cannot be read/],
    ["192.0.2.10", "192.0.2.300", /^hotaka\.yaml:18:15 HOTAKA_CONFIG_INVALID {2}never_block\[0\]: "192\.0\.2\.300" was found; an address/],
    [
      "future_max: off",
      "future_max: of",
      /^hotaka\.yaml:5:44 .*targets\.access\.future_max: "of" was found; a duration such as 90s or 1h, or off was wanted/,
    ],
    ["name: block.flood", "name: block flood", /^hotaka\.yaml:7:11 .*a name of 1 to 255 characters without blanks/],
    [
      "data_dir: ./data",
      "rpc: { listen: 0.0.0.0:80 }",
      /^hotaka\.yaml:1:16 .*0\.0\.0\.0 can be reached from other machines, and the RPC of Norikra has no login/,
    ],
    [
      "  - tail:",
      "  - conflicting: {}\n  - tail:",
      /^hotaka\.yaml:4:5 HOTAKA_FIELD_CONFLICT {2}field "host" of target "access" is integer/,
    ],
  ])("%j written as %j", async (right, wrong, sentence) => {
    expect((await problems(GOOD.replace(right, wrong)))[0]).toMatch(sentence);
  });

  test("two queries of one name", async () => {
    const twice = GOOD.replace("actions:", "  - { name: block.flood, sql: SELECT host FROM access }\nactions:");
    expect(await problems(twice)).toEqual([
      'hotaka.yaml:12:13 HOTAKA_CONFIG_DUPLICATE  "block.flood" is the name of queries[0] already. Give this one another.',
    ]);
  });
});

test("a query waits for a target that only clients feed, which is told; a name near a known one is a mistake unless it is declared", async () => {
  const other = await readSettings(GOOD.replace("FROM access", "FROM sales"), "hotaka.yaml", COMPONENTS);
  expect(other.warnings).toEqual([
    'hotaka.yaml:10:12  query "block.flood" waits for the first event that a client sends to target "sales": no source feeds it.',
  ]);
  expect((await problems(GOOD.replace("FROM access", "FROM acces")))[0]).toMatch(
    /Did you mean "access"\? .* If clients send events to "acces", say so: name it under targets\.$/,
  );
  const declared = GOOD.replace("FROM access", "FROM acces").replace("targets:", "targets:\n  acces: {}");
  expect(await problems(declared)).toEqual([]);
});

test("a query may wait for a target when events may name it", async () => {
  expect(await problems(GOOD.replace("FROM access", "FROM other").replace("  - tail", "  - forward: {}\n  - tail"))).toEqual([]);
});

test("a server may listen to the network when that is said in so many words", async () => {
  expect(await problems("server: { listen: 0.0.0.0:80, open_to_network: true }")).toEqual([]);
});

test("an action that answers no query is a warning, not an error", async () => {
  const settings = await readSettings(GOOD.replace("match: block.**", "match: blok.flood"), "hotaka.yaml", COMPONENTS);
  expect(settings.warnings).toEqual([
    'hotaka.yaml:13:12  actions[0].match: "blok.flood" fits no query, so this action answers nothing. Did you mean "block.flood"?',
  ]);
});

test("an editor is told of every setting, with its description and its default", () => {
  expect(settingsJsonSchema(COMPONENTS)).toMatchObject({
    $schema: "http://json-schema.org/draft-07/schema#",
    additionalProperties: false,
    properties: {
      checkpoint_every: { type: "string", default: "5s", description: expect.stringContaining("How often") },
      sources: {
        items: {
          oneOf: [{ required: ["tail"] }, { required: ["forward"] }, { required: ["conflicting"] }],
          properties: { tail: { description: "Follows a file.", required: ["path", "target"] } },
        },
      },
    },
  });
});

test("a component whose package is not installed is told with the command that installs it", async () => {
  const needing = { ...forward, needs: [{ name: "no-such-package", version: "1.2.3" }] };
  const wanting = { ...block, needs: [{ name: "no-such-package", version: "1.2.3" }] };
  const text = "sources:\n  - forward: {}\nactions:\n  - match: block.**\n    block: { address: host }\n";
  const sentence =
    "works with the package no-such-package, which is not installed. Install it where Hotaka is installed: npm install no-such-package@1.2.3";
  await expect(readSettings(text, "hotaka.yaml", { ...COMPONENTS, sources: [needing], actions: [wanting] })).rejects.toMatchObject({
    problems: [
      { code: "HOTAKA_PACKAGE_MISSING", line: 2, sentence: expect.stringContaining(sentence) },
      { code: "HOTAKA_PACKAGE_MISSING", line: 5, sentence: expect.stringContaining(sentence) },
    ],
  });
});

describe("a file that cannot be read", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "hotaka-settings-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  test("is named with the reason", async () => {
    await expect(loadSettings(join(folder, "none.yaml"), COMPONENTS)).rejects.toThrow(
      /none\.yaml could not be read: there is no such file/,
    );
    await expect(loadSettings(folder, COMPONENTS)).rejects.toThrow(/could not be read: it is a folder/);
  });

  test("is read from the disk when it can be", async () => {
    writeFileSync(join(folder, "hotaka.yaml"), GOOD);
    expect((await loadSettings(join(folder, "hotaka.yaml"), COMPONENTS)).dataDir).toBe(join(folder, "data"));
  });
});

test("queries whose decisions would come back to them by way of others are warned of", async () => {
  const text = `
sources:
  - tail: { path: a.log, target: access }
queries:
  - { name: relay, sql: "INSERT INTO repeats SELECT address FROM \`access.blocked\`" }
  - { name: block.repeats, sql: SELECT address AS host FROM repeats }
  - { name: block.flood, sql: SELECT host FROM access }
actions:
  - { match: block.**, block: { address: host } }
`;
  const { warnings } = await readSettings(text, "hotaka.yaml", COMPONENTS);
  expect(warnings).toEqual([
    'hotaka.yaml:9:14  actions[0]: query "block.repeats" reads decisions ("access.blocked" -> "relay" -> "repeats" -> "block.repeats") and leads to some. What it decides is done, but not given back as events to queries: each would make another, without end.',
  ]);
});
