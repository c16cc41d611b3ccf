import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { COMPONENTS, packNames, readSettings, type Settings } from "./index.ts";

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hotaka-packs-"));
  writeFileSync(join(folder, "auth.log"), "");
});

afterEach(() => rmSync(folder, { recursive: true }));

async function read(text: string): Promise<Settings> {
  return readSettings(text, join(folder, "hotaka.yaml"), COMPONENTS);
}

test("a pack is switched on by its name: it brings its log and its queries, and actions answer these", async () => {
  const { sources, queries, actions } = await read("packs: [ssh]\nactions:\n  - match: block.**\n    block: { for: 4h }\n");
  expect(sources.map(({ name, config }) => [name, config])).toMatchObject([["packs[0] (ssh)", { target: "sshd" }]]);
  expect(queries.map(({ name }) => name)).toContain("block.ssh_bf");
  expect(actions[0]?.fits("block.ssh_bf")).toBe(true);
});

test("all packs can be switched on together", async () => {
  const namesOf = async (...packs: readonly string[]): Promise<string[]> =>
    (await read(`packs: [${packs.join(", ")}]\n`)).queries.map(({ name }) => name);
  const alone = await Promise.all(packNames().map((pack) => namesOf(pack)));
  expect(alone.every((names) => names.length > 0)).toBe(true);
  expect((await namesOf(...packNames())).toSorted()).toEqual(alone.flat().toSorted());
});

test("where the log is, which it is and which queries are not wanted can be said", async () => {
  const { sources, queries, warnings } = await read("packs:\n  - ssh: { path: auth.log, without: [block.ssh_refused] }\n");
  expect(sources[0]?.config).toMatchObject({ path: ["auth.log"] });
  expect(queries.map(({ name }) => name)).not.toContain("block.ssh_refused");
  expect(warnings).toEqual([]);
  const web = await read("packs:\n  - http: { log: aws_alb, path: /srv/alb.log }\n");
  expect(web.sources[0]?.config).toMatchObject({ path: ["/srv/alb.log"], format: { name: "patterns" } });
});

test("a source of the settings may bring the target instead", async () => {
  const { sources } = await read(
    "sources:\n  - tail: { path: a.log, format: combined, target: access }\npacks:\n  - http: { log: none }\n",
  );
  expect(sources.map(({ name }) => name)).toEqual(["sources[0] (tail)"]);
});

test("a target that nothing in the settings brings is waited for, and told in one warning for the whole pack", async () => {
  const { warnings } = await read("packs: [{ http: { log: none } }]");
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatch(/queries "block\.[^ ]+ .* and \d+ more wait for the first event that a client sends to target "access"/);
});

describe("what is wrong is said at its place", () => {
  test.each([
    ["packs: [shh]", 'HOTAKA_PACK_UNKNOWN  packs[0]: There is no pack "shh".'],
    ["packs: [{ ssh: { log: nginx } }]", 'packs[0]: ssh has no log "nginx"; it has syslog.'],
    ["packs: [{ ssh: { without: [block.ssh_bff] } }]", 'packs[0]: "block.ssh_bff" is no query of ssh. Did you mean "block.ssh_bf"?'],
    [
      "packs: [{ http: { log: aws_alb } }]",
      "packs[0]: http was found with log aws_alb, which has no usual place; a path was wanted beside it.",
    ],
    ["packs: [ssh, ssh]", '"block.ssh_bf" is the name of queries[0] already. Rename that one, or name it in `without` of packs[1].'],
    ["packs: [{ ssh: {}, http: {} }]", "one pack in each item was wanted."],
  ])("%s", async (text, sentence) => {
    await expect(read(text)).rejects.toThrow(sentence);
  });

  test("a log that is not there is a warning: it is read when it comes", async () => {
    const { warnings } = await read("packs: [magento]");
    expect(warnings).toEqual([expect.stringMatching(/^.*hotaka\.yaml:1:9 {2}packs\[0\] \(magento\): none of \/var\/www.* is there now/)]);
  });
});
