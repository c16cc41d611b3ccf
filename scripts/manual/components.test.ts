import { describe, expect, test } from "vitest";
import { z } from "zod";
import { type Described, jsonSchemaOf } from "./component_page.ts";
import { components } from "./components.ts";
import { type JsonSchema, wantedOf } from "./schema_table.ts";

const listed: [string, string, Described][] = Object.entries(components).flatMap(([kind, list]) =>
  list.map((component): [string, string, Described] => [kind, component.name, component]),
);

describe.each(listed)("%s: %s", (_, name, component) => {
  test("shows at least one example, and takes every one it shows", () => {
    expect(component.examples.length).toBeGreaterThan(0);
    expect(component.examples.flatMap((example) => component.config(z).safeParse(example).error ?? [])).toEqual([]);
  });

  test("refuses a setting that it does not know", () => {
    const example: unknown = component.examples[0];
    expect(component.config(z).safeParse(Object.assign({}, example, { no_such_setting: 1 })).success).toBe(false);
  });

  test("describes every setting, and says what is wanted of it", () => {
    expect(undescribed(jsonSchemaOf(component.config(z)), name)).toEqual([]);
  });

  test("has a summary that is one sentence and fits a line of the manual", () => {
    expect(component.summary).toMatch(/^[A-Z].{10,160}\.$/);
  });
});

test.each(Object.entries(components))("the %s are listed in order of name, each once", (_, list) => {
  const names = list.map(({ name }) => name);
  expect(names).toEqual([...new Set(names)].toSorted());
});

function undescribed(schema: JsonSchema, path: string): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const at = `${path}.${name}`;
    const missing = property.description === undefined && property.$ref === undefined ? [`${at} has no description`] : [];
    const vague = wantedOf(property, schema.$defs) === "any value" ? [`${at} takes any value`] : [];
    return [...missing, ...vague, ...undescribed(property, at)];
  });
}
