import type { Value } from "../../event/index.ts";
import type { Type } from "../plan/type.ts";
import { castValue, textOf } from "./cast.ts";
import { order, same } from "./comparison.ts";
import { type Methods, overload } from "./java_method.ts";
import { long } from "./long.ts";

/** The methods of the number classes of `java.lang`, for a number of this type. The first parameter is the number itself. */
export function numberMethods(type: Type): Methods {
  return {
    byteValue: [overload([type], "integer", (self = null) => (narrowed(self) << 24) >> 24)],
    compareTo: [overload([type, type], "integer", (self = null, other = null) => order(self, other))],
    doubleValue: [overload([type], "double", Number)],
    equals: [
      overload([type, type], "boolean", (self = null, other = null) => same(self, other)),
      // A Long is never equal to an Integer.
      overload([type, "value"], "boolean", () => false),
    ],
    floatValue: [overload([type], "float", (self) => Math.fround(Number(self)))],
    hashCode: [overload([type], "integer", (self = null) => hashOf(self, type))],
    intValue: [overload([type], "integer", (self = null) => narrowed(self))],
    isInfinite: [overload([type], "boolean", (self) => Math.abs(Number(self)) === Infinity)],
    isNaN: [overload([type], "boolean", (self) => Number.isNaN(self))],
    longValue: [overload([type], "long", (self = null) => castValue(self, "long"))],
    shortValue: [overload([type], "integer", (self = null) => (narrowed(self) << 16) >> 16)],
    toString: [overload([type], "string", (self = null) => textOf(self, type))],
  };
}

export const BOOLEAN_METHODS: Methods = {
  booleanValue: [overload(["boolean"], "boolean", (self = null) => self)],
  compareTo: [overload(["boolean", "boolean"], "integer", (self, other) => Number(self) - Number(other))],
  equals: [overload(["boolean", "value"], "boolean", (self, other) => self === other)],
  hashCode: [overload(["boolean"], "integer", (self) => (self === true ? 1231 : 1237))],
  toString: [overload(["boolean"], "string", String)],
};

/** To 32 bits: a whole number drops its high ones, a double stops at the ends of the range. */
function narrowed(value: Value): number {
  if (typeof value === "bigint") return Number(BigInt.asIntN(32, value));
  const number = Number(value);
  if (Number.isInteger(number) && Math.abs(number) > 2 ** 31) return Number(BigInt.asIntN(32, BigInt(number)));
  return Number.isNaN(number) ? 0 : Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.trunc(number)));
}

function hashOf(value: Value, type: Type): number {
  const view = new DataView(new ArrayBuffer(8));
  if (type === "integer") return Number(value) | 0;
  if (type === "float") {
    view.setFloat32(0, Number(value));
    return view.getInt32(0);
  }
  if (type === "double") view.setFloat64(0, Number(value));
  else view.setBigInt64(0, BigInt(long(BigInt(Number.isSafeInteger(value) || typeof value === "bigint" ? (value as number | bigint) : 0))));
  return view.getInt32(0) ^ view.getInt32(4);
}
