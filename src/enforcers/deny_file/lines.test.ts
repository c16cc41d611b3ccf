import fc from "fast-check";
import { expect, test } from "vitest";
import { type DenyFormat, denyText, parseDenyFile } from "./lines.ts";

const BLOCKS = ["203.0.113.7/32", "198.51.100.0/24", "2001:db8:bad::/64"];

test.each<[DenyFormat, string[]]>([
  ["nginx", ["deny 203.0.113.7;", "deny 198.51.100.0/24;", "deny 2001:db8:bad::/64;"]],
  ["haproxy", ["203.0.113.7 blocked", "198.51.100.0/24 blocked", "2001:db8:bad::/64 blocked"]],
  ["plain", ["203.0.113.7", "198.51.100.0/24", "2001:db8:bad::/64"]],
])("a file of format %s reads back as it was written", (format, lines) => {
  const text = denyText({ before: ["# mine"], after: ["allow all;"] }, BLOCKS, format);
  expect(text.split("\n").slice(2, -3)).toEqual(lines);
  expect(parseDenyFile(text, format)).toEqual({ before: ["# mine"], own: BLOCKS, after: ["allow all;"], isTidy: true });
});

test("a file without marks belongs to somebody else, all of it", () => {
  expect(parseDenyFile("deny 203.0.113.7;\n", "nginx")).toEqual({ before: ["deny 203.0.113.7;"], own: [], after: [], isTidy: false });
  expect(parseDenyFile("", "nginx")).toEqual({ before: [], own: [], after: [], isTidy: false });
});

test("a line between the marks that we did not write so makes the file untidy", () => {
  const text = denyText({ before: [], after: [] }, BLOCKS, "nginx");
  expect(parseDenyFile(text.replace("deny 203.0.113.7;", "deny 203.0.113.7;\nallow all;"), "nginx")).toMatchObject({
    own: BLOCKS,
    isTidy: false,
  });
  expect(parseDenyFile(text.replace("deny 203.0.113.7;", "# deny 203.0.113.7;"), "nginx")).toMatchObject({
    own: BLOCKS.slice(1),
    isTidy: false,
  });
});

test("whatever stands in a file, what is written next reads back, and lines of others stay", () => {
  const line = fc.oneof(
    fc.string({ maxLength: 12 }).map((text) => text.replaceAll("\n", "")),
    fc.constantFrom("deny 203.0.113.9;", "# END hotaka"),
  );
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
      const before = parseDenyFile(lines.join("\n"), "nginx");
      const after = parseDenyFile(denyText(before, BLOCKS, "nginx"), "nginx");
      expect(after).toEqual({ before: before.before, own: BLOCKS, after: before.after, isTidy: true });
    }),
  );
});
