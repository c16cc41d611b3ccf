import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { batchOf, type Row, Schema } from "../../src/event/index.ts";
import { openStatement } from "../../src/sql/index.ts";

const AUTH = new Schema("auth", { host: "string", user: "string", outcome: "string", time: "integer" });
const ACCESS = new Schema("access", { host: "string", path: "string" });
const manual = readFileSync(new URL("../../docs/crowdsec_scenarios.md", import.meta.url), "utf8");
const queries = [...manual.matchAll(/```sql\n(.*?)```/gs)].map(([, text]) => text!);

/** The rows for failed logins of one host every `periodMs`, under ever new names. */
function rowsOf(text: string, periodMs: number): Row[] {
  const rows: Row[] = [];
  const schemas = new Map([AUTH, ACCESS].map((schema) => [schema.target, schema]));
  const statement = openStatement({ name: "scenario", text, schemas, startMs: 0, sink: (delivery) => rows.push(...delivery.rows) });
  for (let index = 0; index < 200; index++) {
    const timeMs = index * periodMs;
    const login = { host: "192.0.2.1", user: `user ${index}`, outcome: "failed", time: timeMs };
    statement.accept(batchOf(AUTH, [login], [timeMs]));
    statement.accept(batchOf(ACCESS, [{ host: "192.0.2.1", path: "/cgi-bin/.%2e/%2e%2e/bin/sh" }], [timeMs]));
  }
  return rows;
}

test("every query of the page on scenarios reports one who never stops", () => {
  expect(queries.length).toBeGreaterThan(5);
  for (const text of queries) expect(rowsOf(text, text.includes("MATCH_RECOGNIZE") ? 1_200_000 : 500)).not.toEqual([]);
});

test("the buckets do not report one who is slower than they leak, and the condition over time not one who is fast", () => {
  const leaky = queries.filter((text) => /bucket\(5/.test(text));
  expect(leaky).toHaveLength(3);
  for (const text of leaky) expect(rowsOf(text, 10_000)).toEqual([]);
  const conditional = queries.find((text) => text.includes("MATCH_RECOGNIZE"))!;
  expect(rowsOf(conditional, 60_000)).toEqual([]);
});
