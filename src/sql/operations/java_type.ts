import { isListType, type Type } from "../plan/type.ts";

/** The type that a Java name in small letters speaks of, without its package; `number` and `object` take more than one. */
export function javaClassOf(name: string): Type | "number" | "object" | undefined {
  return CLASSES.get(name);
}

/** The simple name of the Java class that Esper has for values of a type. */
export function typeName(type: Type): string {
  if (isListType(type)) return `${NAMES.get(type.slice(0, -2)) ?? "Object"}[]`;
  return NAMES.get(type) ?? "Object";
}

const CLASSES: ReadonlyMap<string, Type | "number" | "object"> = new Map<string, Type | "number" | "object">([
  ["int", "integer"],
  ["integer", "integer"],
  ["long", "long"],
  ["float", "float"],
  ["double", "double"],
  ["string", "string"],
  ["charsequence", "string"],
  ["boolean", "boolean"],
  ["bool", "boolean"],
  ["date", "date"],
  ["number", "number"],
  ["object", "object"],
]);

const NAMES: ReadonlyMap<string, string> = new Map([
  ["integer", "Integer"],
  ["long", "Long"],
  ["float", "Float"],
  ["double", "Double"],
  ["string", "String"],
  ["boolean", "Boolean"],
  ["date", "Date"],
  ["value", "Object"],
]);
