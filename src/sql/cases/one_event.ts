import { batchOf, Schema, type Value } from "../../event/index.ts";
import { assert } from "../../kit/index.ts";
import { openStatement } from "../open.ts";

/**
 * The value of an expression over one event of the target `access` (host, path, agent strings; code, size, ts integers; rt float; tls
 * boolean; tags array), by the generated code and by the interpreter, which must agree.
 */
export function valueOf(expression: string, record: Readonly<Record<string, Value>> = {}): Value {
  const [generated, interpreted] = (["generated", "interpreted"] as const).map((engine) => run(expression, record, engine));
  assert(Object.is(generated, interpreted) || JSON.stringify(generated) === JSON.stringify(interpreted), "the two engines do not agree");
  return generated ?? null;
}

function run(expression: string, record: Readonly<Record<string, Value>>, engine: "generated" | "interpreted"): Value {
  const schema = new Schema("access", {
    host: "string",
    path: "string",
    agent: "string",
    code: "integer",
    size: "integer",
    ts: "integer",
    rt: "float",
    tls: "boolean",
    tags: "array",
  });
  let value: Value = null;
  const statement = openStatement({
    name: "one event",
    text: `select ${expression} as value from access`,
    schemas: new Map([["access", schema]]),
    startMs: 0,
    engine,
    sink: ({ rows }) => {
      value = rows[0]?.["value"] ?? null;
    },
  });
  statement.accept(batchOf(schema, [record], [1000]));
  return value;
}
