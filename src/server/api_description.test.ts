import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openApi } from "../../test/suites/open_api.ts";

const NOW_MS = 1_800_000_000_000;

let api: Awaited<ReturnType<typeof openApi>>;

beforeEach(async () => {
  api = await openApi(NOW_MS);
});

afterEach(async () => api.close());

describe("the description of the API", () => {
  interface Described {
    readonly paths: Readonly<
      Record<string, Readonly<Record<string, { readonly summary: string; readonly responses: object; readonly "x-role": string }>>>
    >;
  }

  test("has every route, with a summary, and names no route that is not there", async () => {
    const { paths } = (await api.ask("GET", "/v1/openapi.json")).json as Described;
    expect(Object.keys(paths).length).toBeGreaterThan(20);
    for (const [path, operations] of Object.entries(paths)) {
      for (const [method, { summary }] of Object.entries(operations)) {
        expect(`${method} ${path}: ${summary}`).toMatch(/: \w.+/);
        if (path.endsWith("/stream")) continue;
        const { status, json } = await api.ask(method.toUpperCase(), path.replaceAll(/\{\w+\}/g, "x"), {
          headers: { authorization: "none" },
        });
        // Whoever asks without being known is told so by a route that is there.
        const { code } = (json ?? {}) as { code?: string };
        expect({ path, status, code }).toEqual({ path, status: 401, code: "HOTAKA_SERVER_TOKEN" });
      }
    }
  });

  test("describes what is answered", async () => {
    api.services.catalog.register({ name: "q", group: undefined, sql: "SELECT a FROM www" });
    api.services.catalog.open("www", { fields: { a: "string" }, autoField: true });
    api.services.catalog.rows.set("q", [{ timeMs: 1, row: { a: "x" } }]);
    const { paths } = (await api.ask("GET", "/v1/openapi.json")).json as Described;
    const paths200 = [
      "/v1/targets",
      "/v1/targets/{target}",
      "/v1/targets/{target}/fields",
      "/v1/queries",
      "/v1/queries/{query}",
      "/v1/queries/{query}/rows",
      "/v1/groups",
    ];
    for (const path of paths200) {
      const { json } = await api.ask("GET", path.replace("{target}", "www").replace("{query}", "q"));
      const described = JSON.stringify(paths[path]?.["get"]?.responses);
      const {
        200: { content },
      } = JSON.parse(described) as { 200: { content: { "application/json": { schema: object } } } };
      expect({ path, faults: faultsOf(json, content["application/json"].schema as JsonSchema, "") }).toEqual({ path, faults: [] });
    }
  });
});

interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly enum?: readonly unknown[];
}

/** What of a value is not as its schema says. */
function faultsOf(value: unknown, schema: JsonSchema, place: string): string[] {
  const kind = value === null ? "null" : Array.isArray(value) ? "array" : Number.isInteger(value) ? "number" : typeof value;
  const types = [schema.type ?? []].flat().map((type) => (type === "integer" ? "number" : type));
  if (types.length > 0 && !types.includes(kind)) return [`${place} is ${kind} and not ${types.join(" or ")}`];
  if (schema.enum !== undefined && !schema.enum.includes(value)) return [`${place} is ${String(value)}`];
  if (schema.items !== undefined) return (value as unknown[]).flatMap((item, index) => faultsOf(item, schema.items!, `${place}[${index}]`));
  const { properties } = schema;
  if (properties === undefined) return [];
  const given = value as Record<string, unknown>;
  return [
    ...Object.keys(given).flatMap((key) =>
      properties[key] === undefined ? [`${place}.${key} is not described`] : faultsOf(given[key], properties[key], `${place}.${key}`),
    ),
    ...(schema.required ?? []).filter((key) => !(key in given)).map((key) => `${place}.${key} is missing`),
  ];
}
