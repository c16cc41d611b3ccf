import { expect, test } from "vitest";
import { batchOf, type Row, Schema } from "../../event/index.ts";
import { openStatement } from "../open.ts";
import { windows } from "../standard.ts";

const FIELDS = { host: "string", path: "string", size: "integer", rt: "float", time: "integer" } as const;

test.each(windows)("the example of $name puts out rows of events that come in five minutes", ({ example }) => {
  const access = new Schema("access", FIELDS);
  const rows: Row[] = [];
  const text = example.replace(/ HAVING .*$/, "");
  const statement = openStatement({
    name: "example",
    text,
    schemas: new Map([["access", access]]),
    startMs: 0,
    sink: (delivery) => rows.push(...delivery.rows),
  });
  for (let index = 0; index < 2000; index++) {
    const timeMs = 1 + index * 150;
    const record = { host: `10.0.0.${index % 7}`, path: `/${index % 50}`, size: 1000 + index, rt: index / 10, time: timeMs };
    statement.accept(batchOf(access, [record], [timeMs]));
  }
  statement.advanceTo(600_000);
  expect(rows.length).toBeGreaterThan(0);
});

test.each(windows)("$name refuses a parameter too many, by its own name", ({ name, example }) => {
  const schemas = new Map([["access", new Schema("access", FIELDS)]]);
  const open = (text: string): unknown => openStatement({ name: "example", text, schemas, startMs: 0, sink: () => {} });
  const wrong = example.replace(new RegExp(`${name}\\(([^()]*(\\([^()]*\\)[^()]*)*)\\)`), (_all, given: string) => {
    const extra = [given, ...Array.from({ length: 4 }, () => "'no such thing'")];
    return `${name}(${extra.filter((text) => text !== "").join(", ")})`;
  });
  expect(wrong).not.toBe(example);
  expect(() => open(wrong)).toThrow(new RegExp(`${name}: `));
});
