import { chmodSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { batchOf, type Row, Schema } from "../../event/index.ts";
import { openStatement } from "../../sql/index.ts";
import { loadFunctions, type OwnFunctions } from "./functions_file.ts";

const EXAMPLE = new URL("../../../examples/own_functions/my_functions.mjs", import.meta.url).pathname;

describe("a file of functions", () => {
  test("is called by queries, as functions and as aggregates that forget what leaves", async () => {
    const own = await loadFunctions(EXAMPLE);
    const sql = "SELECT site_of(path) AS site, geometric_mean(size, size > 0) AS mean FROM access.win:length(2)";
    expect(rowsOf(sql, own, [{ path: "/a/b", size: 2 }, { path: "/c", size: 8 }, { size: 0 }])).toEqual([
      { site: "a", mean: 2 },
      { site: "c", mean: expect.closeTo(4) as number },
      { site: "none", mean: expect.closeTo(8) as number },
    ]);
  });

  test("says when a query is registered which arguments a function wants", async () => {
    const own = await loadFunctions(EXAMPLE);
    const wrong =
      (sql: string): (() => unknown) =>
      () =>
        rowsOf(sql, own, []);
    expect(wrong("SELECT is_office_hours(path) AS o FROM access")).toThrow(
      'query "q", line 1, column 8: is_office_hours: it takes (ts: long), and was given (string).',
    );
    expect(wrong("SELECT geometric_mean(*) AS o FROM access")).toThrow("geometric_mean: it takes no *.");
    expect(wrong("SELECT site_off(path) AS o FROM access")).toThrow('Did you mean "site_of"?');
    expect(wrong("SELECT path FROM access WHERE geometric_mean(size) > 1")).toThrow("cannot stand in the WHERE clause");
  });

  test("gives null for a row at which a function throws or returns something else, and tells the first five times", async () => {
    const own = await loadFunctions(
      written(`export const functions = {
  broken: { parameters: { n: "long" }, returns: "long", call(n) {
    if (n === 2) throw new Error("two is too many");
    return n === 3 ? "three" : n;
  } },
};`),
    );
    const told: string[] = [];
    let failed = 0;
    own.tell({ failed: () => failed++, warn: (sentence) => told.push(sentence) });
    const sizes = [1, 2, 3, 4, 2, 2, 2, 2, 2];
    const rows = rowsOf(
      "SELECT broken(size) AS v FROM access",
      own,
      sizes.map((size) => ({ size })),
    );
    expect(rows.map(({ v }) => v)).toEqual([1, null, null, 4, null, null, null, null, null]);
    expect(failed).toBe(7);
    expect(own.failures()).toEqual(new Map([["broken", 7]]));
    expect(told).toHaveLength(5);
    expect(told[0]).toMatch(/my\.mjs:3: broken failed, so its value is null: two is too many\.$/);
    expect(told[1]).toMatch(/my\.mjs: broken failed, so its value is null: a long was wanted; a string was returned\.$/);
    expect(told[4]).toMatch(/only counted\.$/);
  });

  test("keeps the state of an aggregate over a restart, and begins anew what cannot be kept", async () => {
    const aggregate = (init: string): string =>
      `export const aggregates = { total: { parameters: { n: "long" }, returns: "long", init: () => (${init}), enter: (s, n) => void (s.n += n), leave: (s, n) => void (s.n -= n), value: (s) => s.n } };`;
    const sql = "SELECT total(size) AS t FROM access.win:length(10)";
    for (const [init, after] of [
      ["{ n: 0 }", 3],
      ["{ n: 0, f() {} }", 2],
    ] as const) {
      const own = await loadFunctions(written(aggregate(init)));
      const first = opened(sql, own);
      first.accept({ size: 1 });
      const second = opened(sql, own);
      expect(second.statement.restore(first.statement.save())).toBe(true);
      second.accept({ size: 2 });
      expect(second.rows).toEqual([{ t: after }]);
    }
  });

  test.each([
    [
      "export const functions = {\n  f: { parameters: { a: 'int' }, returns: 'long', call: (a) => a } };",
      /my\.mjs:2: f\.parameters\.a: "int" was found; one of "boolean"/,
    ],
    ["export const functions = { f: { parameters: {}, call: () => 1 } };", /my\.mjs:1: f\.returns: nothing was found; one of/],
    ["\nexport const functions = { f: { parameters: {}, returns: 'long' } };", /my\.mjs:2: f\.call: a function was wanted/],
    ["export const functions = { count: {} };", /count is a function of the language already/],
    ["export const functions = { 'a b': {} };", /"a b" cannot be the name of a function/],
    ["export const functions = { f: 1 };", /f: an object with parameters, returns and call was wanted/],
    [
      "export const aggregates = { f: { parameters: { a: 'long' }, returns: 'long', init() {}, enter() {}, value() {} } };",
      /f\.leave: a function was wanted/,
    ],
    ["export const functions = [];", /functions: an object was wanted/],
    ["export const x = 1;", /exports neither `functions` nor `aggregates`/],
    ["\nexport const x = ;", /my\.mjs:2: it cannot be loaded: /],
    ["\n\nthrow new Error('not today');", /my\.mjs:3: it cannot be loaded: not today/],
  ])("that says %j is refused with its line and what was wanted", async (text, refusal) => {
    await expect(loadFunctions(written(text))).rejects.toThrow(refusal);
  });

  test("that everybody can write is refused, and so is one that is not there", async () => {
    const file = written("export const functions = { f: { returns: 'long', call: () => 1 } };");
    expect((await loadFunctions(file)).functions).toHaveLength(1);
    chmodSync(file, 0o666);
    await expect(loadFunctions(file)).rejects.toThrow("everybody can write it, and so run code as the daemon: chmod o-w.");
    await expect(loadFunctions(`${file}.not`)).rejects.toThrow("it cannot be read");
  });
});

function written(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), "hotaka-functions-")), "my.mjs");
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}

function opened(text: string, own: OwnFunctions) {
  const schema = new Schema("access", { path: "string", size: "integer", ts: "integer" });
  const rows: Row[] = [];
  const statement = openStatement({
    name: "q",
    text,
    schemas: new Map([["access", schema]]),
    startMs: 0,
    sink: (delivery) => rows.push(...delivery.rows),
    own,
  });
  return { statement, rows, accept: (row: Row) => statement.accept(batchOf(schema, [row], [0])) };
}

function rowsOf(text: string, own: OwnFunctions, events: readonly Row[]): Row[] {
  const { rows, accept } = opened(text, own);
  for (const event of events) accept(event);
  return rows;
}
