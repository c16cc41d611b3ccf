import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Schema } from "../event/index.ts";
import { type Completion, completionsAt } from "./completion.ts";

const SCHEMAS = new Map([
  ["access", new Schema("access", { host: "string", size: "integer", "req.path": "string", "req.method": "string" })],
  ["login", new Schema("login", { user: "string", host: "string" })],
]);

/** What may stand at the bar. */
function at(text: string): readonly Completion[] {
  return completionsAt(text.replace("|", ""), text.indexOf("|"), { schemas: SCHEMAS }).items;
}

function texts(text: string, kind?: Completion["kind"]): string[] {
  return at(text).flatMap((item) => (kind === undefined || item.kind === kind ? [item.text] : []));
}

describe("completions", () => {
  test("begin with what a query begins with", () => {
    expect(texts("|")).toEqual(["insert", "select"]);
    expect(texts("sel|")).toEqual(["select"]);
  });

  test("are fields with their types, functions and aggregates where a value may stand, by what FROM names behind it", () => {
    expect(at("SELECT ho| FROM access")).toEqual([{ text: "host", kind: "field", detail: "string" }]);
    expect(texts("SELECT | FROM access", "field")).toEqual(["host", "size", "req.path", "req.method"]);
    expect(texts("SELECT c| FROM access")).toEqual(["cidr", "cast", "coalesce", "current_timestamp", "count", "countever", "case"]);
    expect(texts("SELECT host FROM access WHERE siz| > 3", "field")).toEqual(["size"]);
    expect(texts("SELECT host FROM access WHERE |", "aggregate")).toContain("sum");
  });

  test("behind FROM are the targets, and behind a target its windows", () => {
    expect(texts("SELECT host FROM |", "target")).toEqual(["access", "login"]);
    expect(texts("SELECT host FROM ac|")).toEqual(["access"]);
    expect(texts("SELECT host FROM access.|", "window")).toContain("win:time_batch");
    expect(texts("SELECT host FROM access.win:ti|")).toEqual(["win:time", "win:time_accum", "win:time_batch", "win:time_length_batch"]);
    expect(texts("SELECT host FROM access.std:groupwin(host).st|", "window")).toContain("std:unique");
  });

  test("behind an alias are the fields of its stream, and behind a part of a nested name the rest of it", () => {
    expect(texts("SELECT l.| FROM access.win:time(1 min) AS a, login.win:keepall() AS l WHERE a.host = l.host")).toEqual(["user", "host"]);
    expect(texts("SELECT req.| FROM access")).toEqual(["path", "method"]);
    expect(texts("SELECT b.us| FROM pattern [every a=access -> b=login]")).toEqual(["user"]);
    expect(texts("SELECT | FROM access AS a, login AS l", "field")).toEqual(expect.arrayContaining(["a", "l", "user", "size"]));
  });

  test("are the clauses that may follow", () => {
    expect(texts("SELECT host FROM access |")).toEqual(expect.arrayContaining(["where", "group", "having", "output", "order", "limit"]));
    expect(texts("SELECT host FROM access GROUP |")).toEqual(["by"]);
    expect(texts("SELECT host FROM access OUTPUT |")).toEqual(expect.arrayContaining(["all", "first", "last", "snapshot", "every"]));
  });

  test("are none within a string or a comment, or behind what is wrong already", () => {
    expect(at("SELECT 'ho| FROM access")).toEqual([]);
    expect(at("SELECT host /* si| */ FROM access")).toEqual([]);
    expect(at("SELEKT host FROM |")).toEqual([]);
  });

  test("replace the word that is being written", () => {
    expect(completionsAt("SELECT ho", 9, { schemas: SCHEMAS }).from).toBe(7);
    expect(completionsAt("SELECT a FROM access.win:ti", 27, { schemas: SCHEMAS }).from).toBe(21);
  });

  test("are given for any text at any place without a throw", () => {
    const words = fc.constantFrom(
      ..."SELECT FROM access . win:time ( ) [ ] { } 'a \" , host as a -> every pattern = + * `x /* -- 1 1e9 \\ \u{1F600}".split(" "),
    );
    const text = fc.array(words, { maxLength: 30 }).map((list) => list.join(" "));
    fc.assert(
      fc.property(text, fc.nat(200), (sql, offset) => {
        const { from, items } = completionsAt(sql, offset, { schemas: SCHEMAS });
        expect(from).toBeLessThanOrEqual(Math.max(offset, 0));
        expect(items.length).toBeLessThanOrEqual(1000);
      }),
      { numRuns: 500 },
    );
  });
});
