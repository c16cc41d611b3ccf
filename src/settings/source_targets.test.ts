import { expect, test } from "vitest";
import { COMPONENTS } from "./components.ts";
import { readSettings } from "./settings.ts";
import { targetsOf } from "./source_targets.ts";

async function targets(text: string): Promise<unknown> {
  const { sources, routing } = await readSettings(text, "hotaka.yaml", COMPONENTS);
  return sources.map((source) => targetsOf(source, routing));
}

test("a tag leads to the target of its route, with the fields that its filters leave", async () => {
  const text = `
sources:
  - tail: { path: a.log, format: none, tag: web.access }
  - tail: { path: b.log, format: none, target: direct }
  - tail: { path: c.log, format: none, tag: lost }
filters:
  - match: web.**
    record: { rename: { message: line }, set: { n: 1 } }
routes:
  - { match: web.**, target: access }
`;
  expect(await targets(text)).toEqual([[["access", { line: "string", n: "integer" }]], [["direct", { message: "string" }]], []]);
});

test("tags that are not known before the logs are found lead anywhere", async () => {
  expect(await targets("sources: [tail: { path: '*.log', format: none, tag: 'app.*' }]")).toEqual([undefined]);
});

test.each([
  ["sources: [tail: { path: a, format: none, target: a, tag: b }]", "target and tag were found"],
  ["sources: [stdin: { format: none }]", "target was wanted"],
  ["routes: [{ match: '{a', target: b }]", 'a "{" is not closed'],
  ["routes: [{ match: a, target: b, drop: true }]", "drop was found together with"],
  ["routes: [{ match: a, target: b, remove_prefix: c }]", "remove_prefix has no meaning beside target"],
  ["filters: [{ match: a, gerp: { include: { b: c } } }]", "gerp"],
])("%s is refused: %s", async (text, wrong) => {
  await expect(readSettings(text, "hotaka.yaml", COMPONENTS)).rejects.toThrow(wrong);
});
