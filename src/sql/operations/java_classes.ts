import type { Value } from "../../event/index.ts";
import type { Type } from "../plan/type.ts";
import { text } from "./argument.ts";
import { castValue, textOf } from "./cast.ts";
import { order } from "./comparison.ts";
import { type Methods, type Overload, overload } from "./java_method.ts";
import { long } from "./long.ts";

/**
 * The static methods of Java that are a part of the language, by simple class name: a closed list. All are pure: `Math.random` and the clock
 * are not among them.
 */
export const JAVA_CLASSES: ReadonlyMap<string, Methods> = new Map<string, Methods>([
  [
    "Math",
    {
      abs: [
        overload(["integer"], "integer", (value) => (Number(value) === INTEGER_MIN ? INTEGER_MIN : Math.abs(Number(value)))),
        overload(["long"], "long", (value) => (typeof value === "bigint" ? long(value < 0n ? -value : value) : Math.abs(Number(value)))),
        overload(["float"], "float", (value) => Math.abs(Number(value))),
        overload(["double"], "double", (value) => Math.abs(Number(value))),
      ],
      max: ofTwo((left, right) => (order(left, right) < 0 ? right : left)),
      min: ofTwo((left, right) => (order(left, right) > 0 ? right : left)),
      round: [
        overload(["float"], "integer", (value) =>
          castValue(Math.max(INTEGER_MIN, Math.min(INTEGER_MAX, Math.round(Number(value)))), "integer"),
        ),
        overload(["double"], "long", (value) => roundToLong(Number(value))),
      ],
      floorDiv: ofTwoWholes((left, right) => (left - (((left % right) + right) % right)) / right),
      floorMod: ofTwoWholes((left, right) => ((left % right) + right) % right),
      ...ofDouble(["acos", "asin", "atan", "cbrt", "ceil", "cos", "cosh", "exp", "expm1", "floor"]),
      ...ofDouble(["log", "log10", "log1p", "sin", "sinh", "sqrt", "tan", "tanh"]),
      rint: [overload(["double"], "double", (value) => roundHalfEven(Number(value)))],
      signum: [overload(["double"], "double", (value) => Math.sign(Number(value)))],
      toDegrees: [overload(["double"], "double", (value) => (Number(value) * 180) / Math.PI)],
      toRadians: [overload(["double"], "double", (value) => (Number(value) / 180) * Math.PI)],
      atan2: [overload(["double", "double"], "double", (y, x) => Math.atan2(Number(y), Number(x)))],
      hypot: [overload(["double", "double"], "double", (x, y) => Math.hypot(Number(x), Number(y)))],
      pow: [overload(["double", "double"], "double", (base, exponent) => Number(base) ** Number(exponent))],
    },
  ],
  ["Integer", { ...numberClass("integer", "parseInt"), ...wholeTexts("integer", 32) }],
  ["Long", { ...numberClass("long", "parseLong"), ...wholeTexts("long", 64) }],
  ["Float", { ...numberClass("float", "parseFloat"), ...wildTests("float") }],
  ["Double", { ...numberClass("double", "parseDouble"), ...wildTests("double") }],
  [
    "Boolean",
    {
      parseBoolean: [overload(["string"], "boolean", (source) => text(source).toLowerCase() === "true")],
      valueOf: [
        overload(["string"], "boolean", (source) => text(source).toLowerCase() === "true"),
        overload(["boolean"], "boolean", (value = null) => value),
      ],
      toString: [overload(["boolean"], "string", String)],
    },
  ],
  [
    "String",
    {
      valueOf: (["string", "boolean", "integer", "long", "float", "double"] as const).map((type) =>
        overload([type], "string", (value = null) => textOf(value, type)),
      ),
    },
  ],
]);

/** The constants of these classes, by class and name. */
export const JAVA_CONSTANTS: ReadonlyMap<string, { readonly type: Type; readonly value: number | bigint }> = new Map<
  string,
  { type: Type; value: number | bigint }
>([
  ["Math.PI", { type: "double", value: Math.PI }],
  ["Math.E", { type: "double", value: Math.E }],
  ["Integer.MIN_VALUE", { type: "integer", value: -(2 ** 31) }],
  ["Integer.MAX_VALUE", { type: "integer", value: 2 ** 31 - 1 }],
  ["Long.MIN_VALUE", { type: "long", value: -(2n ** 63n) }],
  ["Long.MAX_VALUE", { type: "long", value: 2n ** 63n - 1n }],
]);

function wildTests(type: Type): Methods {
  return {
    isNaN: [overload([type], "boolean", (value) => Number.isNaN(Number(value)))],
    isInfinite: [overload([type], "boolean", (value) => Math.abs(Number(value)) === Number.POSITIVE_INFINITY)],
  };
}

function numberClass(type: Type, parse: string): Methods {
  const parsed = overload(["string"], type, (source = null) => castValue(source, type));
  return {
    [parse]: [parsed],
    valueOf: [parsed, overload([type], type, (value = null) => value)],
    toString: [overload([type], "string", (value = null) => textOf(value, type))],
  };
}

function wholeTexts(type: Type, bits: number): Methods {
  const inBase = (base: number): readonly Overload[] => [
    overload([type], "string", (value) => BigInt.asUintN(bits, BigInt(value as number | bigint)).toString(base)),
  ];
  return { toBinaryString: inBase(2), toHexString: inBase(16), toOctalString: inBase(8) };
}

function ofDouble(names: readonly (keyof Math)[]): Methods {
  return Object.fromEntries(
    names.map((name) => {
      const evaluate = Math[name] as (value: number) => number;
      return [name, [overload(["double"], "double", (value) => evaluate(Number(value)))]];
    }),
  );
}

function ofTwo(choose: (left: Value, right: Value) => Value): Overload[] {
  return (["integer", "long", "float", "double"] as const).map((type) =>
    overload([type, type], type, (left = null, right = null) =>
      Number.isNaN(left) || Number.isNaN(right) ? Number.NaN : choose(left, right),
    ),
  );
}

/** Null for a divisor of 0. */
function ofTwoWholes(divide: (left: bigint, right: bigint) => bigint): Overload[] {
  return (["integer", "long"] as const).map((type) =>
    overload([type, type], type, (left, right) =>
      right === 0 ? null : castValue(long(divide(BigInt(left as number | bigint), BigInt(right as number | bigint))), type),
    ),
  );
}

function roundToLong(value: number): Value {
  if (Number.isNaN(value)) return 0;
  if (value >= 2 ** 63) return 2n ** 63n - 1n;
  return value < -(2 ** 63) ? -(2n ** 63n) : long(BigInt(Math.round(value)));
}

function roundHalfEven(value: number): number {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

const INTEGER_MIN = -(2 ** 31);
const INTEGER_MAX = 2 ** 31 - 1;
