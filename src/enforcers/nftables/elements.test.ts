import { expect, test } from "vitest";
import { ElementReader, readElements } from "./elements.ts";

const LISTED =
  '{"nftables": [{"metainfo": {"version": "1.0.6"}}, {"set": {"family": "inet", "name": "ip4_32", "flags": ["timeout"], ' +
  '"elem": [{"elem": {"val": "203.0.113.7", "timeout": 60, "expires": 59}}, "203.0.113.8", ' +
  '{"elem": {"val": "203.0.113.9", "comment": "by hand"}}, {"elem": {"val": "2001:db8::", "timeout": 60, "expires": 0}}]}}]}\n';

function read(pieces: readonly string[]): [string, number | undefined][] {
  const found: [string, number | undefined][] = [];
  const reader = new ElementReader((address, expiresS) => void found.push([address, expiresS]));
  for (const piece of pieces) reader.add(piece);
  return found;
}

test("elements are read with what is left of their time, however the text is cut in pieces", () => {
  const whole = read([LISTED]);
  expect(whole).toEqual([
    ["203.0.113.7", 59],
    ["203.0.113.8", undefined],
    ["203.0.113.9", undefined],
    ["2001:db8::", 0],
  ]);
  for (let at = 1; at < LISTED.length; at++) expect(read([LISTED.slice(0, at), LISTED.slice(at)])).toEqual(whole);
  expect(read(LISTED.split(""))).toEqual(whole);
});

test("a set without elements has none", () => {
  expect(read(['{"nftables": [{"set": {"name": "ip4_32", "flags": ["timeout"]}}]}'])).toEqual([]);
});

test("elements that were asked for by name are read with what is left of their time", () => {
  const found: [string, number | undefined][] = [];
  const text =
    "table inet hotaka {\n\tset ip4_32 {\n\t\telements = { 203.0.113.7 timeout 1d expires 23h59m58s992ms,\n 203.0.113.8 }\n\t}\n}\n";
  readElements(text, (address, expiresS) => void found.push([address, expiresS]));
  expect(found).toEqual([
    ["203.0.113.7", 86_398],
    ["203.0.113.8", undefined],
  ]);
  readElements("", () => expect.unreachable());
});
