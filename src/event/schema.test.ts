import { expect, test } from "vitest";
import { fieldTypeNamed, Schema } from "./index.ts";

test("two readers of one target share the dictionary of a field", () => {
  const schema = new Schema("access", { host: "string", agent: "string" });
  const host = schema.field("host")!;
  expect(schema.dictionary(host)).toBe(schema.dictionary(host));
  expect(schema.dictionary(host)).not.toBe(schema.dictionary(schema.field("agent")!));
});

test("a field keeps its slot while others are added", () => {
  const schema = new Schema("access", { host: "string" });
  const host = schema.field("host");
  schema.add("path", "string");
  expect(schema.fields.map(({ name, slot }) => [name, slot])).toEqual([
    ["host", 0],
    ["path", 1],
  ]);
  expect(schema.add("host", "string")).toBe(host);
});

test("a field stands with the type it had first", () => {
  const schema = new Schema("access", { code: "integer" });
  expect(() => schema.add("code", "string")).toThrow('field "code" of target "access" is integer and cannot also be string.');
  expect(schema.field("code")?.type).toBe("integer");
});

test("a field that is not there is undefined, whatever its name", () => {
  expect(new Schema("access").field("__proto__")).toBeUndefined();
});

test("a type goes by its name and by those that Norikra knows for it, in small or capital letters", () => {
  expect(["string", "int", "LONG", "double", "Bool", "hash"].map(fieldTypeNamed)).toEqual([
    "string",
    "integer",
    "integer",
    "float",
    "boolean",
    "hash",
  ]);
  expect(["byte", "constructor", ""].map(fieldTypeNamed)).toEqual([undefined, undefined, undefined]);
});
