import { expect, test } from "vitest";
import { z } from "zod";
import type { Definition } from "../../src/component/index.ts";

/** What every component promises of its declaration, whatever its kind. */
export function componentSuite(definition: Definition<unknown>): void {
  test("is named as its folder can be, and says what it is in one sentence", () => {
    expect(definition.name).toMatch(/^[a-z][a-z0-9]*(?:_[a-z0-9]+)*$/);
    expect(definition.summary).toMatch(/^[A-Z].*\.$/);
  });

  test("has examples, and its settings take each of them", () => {
    expect(definition.examples.length).toBeGreaterThan(0);
    for (const example of definition.examples) expect(definition.config(z).safeParse(example).error).toBeUndefined();
  });

  test("refuses a setting that it does not have", () => {
    const [example] = definition.examples;
    const result = definition.config(z).safeParse({ ...Object(example), no_such_setting: 1 });
    expect(result.error?.issues.map(({ code }) => code)).toEqual(["unrecognized_keys"]);
  });

  test("describes each of its settings for the manual", () => {
    const { properties = {} } = z.toJSONSchema(definition.config(z), { io: "input" });
    const undescribed = Object.entries(properties).filter(([, schema]) => typeof schema === "boolean" || schema.description === undefined);
    expect(undescribed.map(([name]) => name)).toEqual([]);
  });
}
