import { describe, expect, test } from "vitest";
import { fieldPath, valueAtPath } from "./field_path.ts";

describe("fieldPath", () => {
  test("takes a plain name for no path at all", () => {
    expect(fieldPath("host")).toBeUndefined();
  });

  test.each([
    ["req.path", ["req", "path"]],
    ["req.q.id", ["req", "q", "id"]],
    ["tags.$0", ["tags", 0]],
    ["tags.12", ["tags", 12]],
    ["codes.$$0", ["codes", "0"]],
    ["req..hidden", ["req", ".hidden"]],
    ["req..hidden.x", ["req", ".hidden", "x"]],
  ])("reads %s as steps", (name, steps) => {
    expect(fieldPath(name)).toEqual(steps);
  });
});

describe("valueAtPath", () => {
  const record = { req: { path: "/a", ".hidden": 1, "0": "zero" }, tags: ["p", "q"] };

  test("follows hashes by key and arrays by place", () => {
    expect(valueAtPath(record, ["req", "path"])).toBe("/a");
    expect(valueAtPath(record, ["tags", 1])).toBe("q");
    expect(valueAtPath(record, ["req", ".hidden"])).toBe(1);
    expect(valueAtPath(record, ["req", "0"])).toBe("zero");
  });

  test("is null where a step leads nowhere", () => {
    expect(valueAtPath(record, ["req", "path", "x"])).toBeNull();
    expect(valueAtPath(record, ["tags", 2])).toBeNull();
    expect(valueAtPath(record, ["tags", "length"])).toBeNull();
    expect(valueAtPath(record, ["nothing", "x"])).toBeNull();
  });

  test("sees nothing that a record inherits", () => {
    expect(valueAtPath(record, ["req", "constructor"])).toBeNull();
    expect(valueAtPath(record, ["req", "__proto__"])).toBeNull();
  });
});
