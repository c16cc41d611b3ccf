import { z } from "zod";
import { describe, expect, test } from "vitest";
import { type ActionRow, template } from "./index.ts";

const row: ActionRow = {
  key: "k",
  query: "block.access",
  timeMs: Date.parse("2026-11-20T10:00:00Z"),
  row: {
    host: "203.0.113.7",
    requests: 1200,
    wide: 2n ** 60n,
    rate: 0.5,
    ok: true,
    none: null,
    paths: ["/a", "/b"],
    agent: "x\u001B[2J\ny",
  },
};

describe("a template", () => {
  test.each([
    ["${requests} requests by ${host}", "1200 requests by 203.0.113.7"],
    ["${wide} ${rate} ${ok} ${paths}", '1152921504606846976 0.5 true ["/a","/b"]'],
    ["${query} at ${time}", "block.access at 2026-11-20T10:00:00.000Z"],
    ["${missing} ${none} ${toString}", "- - -"],
    ["$${host} costs 5$", "${host} costs 5$"],
    ["${agent}", "x\uFFFD[2J\uFFFDy"],
    ["", ""],
  ])("%j reads %j", (text, expected) => {
    expect(template(z).parse(text)(row)).toBe(expected);
  });

  test("prefers a field of the row to what is known of it otherwise", () => {
    expect(template(z).parse("${time}")({ ...row, row: { time: 7 } })).toBe("7");
  });

  test("is bounded, whatever the row holds", () => {
    expect(template(z).parse("${host}")({ ...row, row: { host: "x".repeat(100_000) } })).toHaveLength(2000);
  });

  test.each([
    ["${host", "a } to close the last ${ was wanted."],
    ["${}", "the name of a field between ${ and } was wanted."],
    [7, "a text such as ${requests} requests by ${host} was wanted."],
  ])("%j is refused", (text, sentence) => {
    expect(template(z).safeParse(text).error?.issues[0]?.message).toContain(sentence);
  });
});
