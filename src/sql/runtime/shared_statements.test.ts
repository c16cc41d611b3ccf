import { describe, expect, test } from "vitest";
import { batchOf, Schema } from "../../event/index.ts";
import { openStatement } from "../open.ts";
import { SharedStates } from "../shared_states.ts";
import type { Delivery, Statement } from "../statement.ts";
import { SharedStatements } from "./shared_statements.ts";

describe("the state of statements that take events together", () => {
  test.each([
    ["a condition on groups", "count(*) AS n", "HAVING count(*) > 1"],
    ["another aggregate", "sum(size) AS total", ""],
    ["an order and a limit", "max(size) AS largest", "ORDER BY max(size) DESC LIMIT 1"],
  ])("is one where they differ in %s", (_, selected, behind) => {
    const crowd = opened();
    crowd.add("SELECT host, count(*) AS n FROM access.win:time_batch(1 sec) GROUP BY host");
    crowd.add(`SELECT host, ${selected} FROM access.win:time_batch(1 sec) GROUP BY host ${behind}`);
    crowd.accept(0, "a", "b", "a");
    expect(crowd.states).toBe(1);
  });

  test.each([
    ["their windows", "SELECT host, count(*) AS n FROM access.win:time_batch(2 sec) GROUP BY host"],
    ["their keys", "SELECT size, count(*) AS n FROM access.win:time_batch(1 sec) GROUP BY size"],
    ["their filters", "SELECT host, count(*) AS n FROM access(size > 0).win:time_batch(1 sec) GROUP BY host"],
    ["WHERE", "SELECT host, count(*) AS n FROM access.win:time_batch(1 sec) WHERE size > 0 GROUP BY host"],
  ])("is one for each where they differ in %s", (_, text) => {
    const crowd = opened();
    crowd.add("SELECT host, count(*) AS n FROM access.win:time_batch(1 sec) GROUP BY host");
    crowd.add(text);
    crowd.accept(0, "a", "b", "a");
    expect(crowd.states).toBe(2);
  });

  test("is one for a query that came later as soon as its window holds what that of the other holds", () => {
    const crowd = opened();
    const text = "SELECT host, count(*) AS n FROM access.win:time(10 sec) GROUP BY host";
    crowd.add(text);
    crowd.accept(1000, "a");
    const later = crowd.add(text);
    crowd.accept(2000, "a");
    expect(crowd.states).toBe(2);
    crowd.accept(12_000, "b");
    crowd.accept(12_001, "b");
    expect(crowd.states).toBe(1);
    expect(crowd.rowsOf(later)).toEqual(["2000 a 1", "12000 a 0", "12000 b 1", "12001 b 2"]);
  });

  test("is never one while floats were taken out of a sum, which depends on what it was before", () => {
    const crowd = opened();
    const text = "SELECT host, sum(rt) AS total FROM access.win:time(10 sec) GROUP BY host";
    crowd.add(text);
    crowd.accept(1000, "a");
    crowd.add(text);
    crowd.accept(12_000, "b");
    crowd.accept(12_001, "b");
    expect(crowd.states).toBe(2);
  });

  test("is not looked for with what those wanted that are gone", () => {
    const crowd = opened();
    const text = (selected: string) => `SELECT host, ${selected} FROM access(host = 'z').win:time_batch(1 sec) GROUP BY host`;
    crowd.add(text("count(*) AS n"));
    const gone = crowd.add(text("sum(rt) AS n"));
    crowd.accept(0, "a");
    crowd.remove(gone);
    const late = crowd.add(text("sum(size) AS n"));
    crowd.accept(1, "a");
    crowd.accept(2, "z");
    crowd.accept(2000);
    expect(crowd.states).toBe(1);
    expect(crowd.rowsOf(late)).toHaveLength(1);
  });

  test("stays for the others when one goes", () => {
    const crowd = opened();
    const text = "SELECT host, count(*) AS n FROM access.win:time_batch(1 sec) GROUP BY host";
    const first = crowd.add(text);
    const second = crowd.add(text);
    crowd.accept(0, "a");
    crowd.remove(first);
    crowd.accept(500, "a");
    crowd.accept(1000);
    expect(crowd.rowsOf(second)).toEqual(["1000 a 2"]);
    expect(crowd.rowsOf(first)).toEqual([]);
  });

  test("is saved once, and is one again for those that take it up, whoever of them is still there", () => {
    const before = opened();
    const texts = ["count(*) AS n", "sum(size) AS n", "max(size) AS n"].map(
      (selected) => `SELECT host, ${selected} FROM access.win:time_batch(1 sec) GROUP BY host`,
    );
    const statements = texts.map((text) => before.add(text));
    before.accept(0, "a", "b", "a");
    expect(new Set(statements.map(({ sharedState }) => sharedState?.id)).size).toBe(1);
    const shared = statements[0]!.sharedState!;
    const states = new Map([[shared.id, shared.save()]]);
    const images = statements.map((statement) => statement.save());
    expect(Math.max(...images.map(({ length }) => length))).toBeLessThan(300);

    const after = opened();
    const saved = new SharedStates((id) => states.get(id));
    const again = [1, 2].map((at) => after.add(texts[at]!, (statement) => statement.restore(images[at]!, saved)));
    expect(after.states).toBe(1);
    after.accept(500, "b");
    after.accept(1000);
    expect(again.map((statement) => after.rowsOf(statement))).toEqual([
      ["1000 a 4", "1000 b 3"],
      ["1000 a 3", "1000 b 2"],
    ]);
  });
});

/** Statements over `access`, whose n-th event is of size n. */
function opened() {
  const schema = new Schema("access", { host: "string", size: "integer", rt: "float" });
  const shared = new SharedStatements({ lookEvery: 1 });
  const deliveries = new Map<Statement, Delivery[]>();
  return {
    get states(): number {
      return shared.states;
    },
    add(text: string, restore: (statement: Statement) => boolean = () => true): Statement {
      const given: Delivery[] = [];
      const schemas = new Map([["access", schema]]);
      const statement = openStatement({ name: "q", text, schemas, startMs: 0, sink: (delivery) => given.push(delivery) });
      deliveries.set(statement, given);
      if (!restore(statement)) throw new Error("a statement did not take up its own state");
      shared.add({
        statement,
        broke: (thrown) => {
          throw thrown;
        },
      });
      return statement;
    },
    remove(statement: Statement): void {
      shared.remove(statement);
      statement.close();
    },
    accept(timeMs: number, ...hosts: readonly string[]): void {
      shared.advanceTo(timeMs, true);
      const records = hosts.map((host, row) => ({ host, size: row + 1, rt: 0.5 }));
      if (records.length > 0) shared.accept(batchOf(schema, records, new Float64Array(records.length).fill(timeMs)));
    },
    rowsOf: (statement: Statement): string[] =>
      deliveries.get(statement)!.flatMap(({ timeMs, rows }) => rows.map((row) => `${timeMs} ${Object.values(row).map(String).join(" ")}`)),
  };
}
