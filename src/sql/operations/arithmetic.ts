import type { Value } from "../../event/index.ts";
import type { Operation } from "../plan/expression.ts";
import type { Type } from "../plan/type.ts";
import { addLong, bitwiseLong, type Long, multiplyLong, remainderLong, subtractLong } from "./long.ts";

export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%";

/** The operation of two numbers of these types that meet in `type` (for `/` always double, as Esper divides). */
export function arithmetic(operator: ArithmeticOperator, type: Type, [leftType, rightType]: readonly [Type, Type]): Operation {
  const evaluate =
    type === "integer" ? INTEGER[operator] : type === "long" ? LONG[operator] : type === "float" ? FLOAT[operator] : DOUBLE[operator];
  const operation = {
    name: `${type}${operator}`,
    strict: true,
    nullable: operator === "%" && (type === "integer" || type === "long"),
    evaluate,
  };
  if (type !== "double") return operation;
  return { ...operation, emit: (left, right) => `(${asDouble(left, leftType)} ${operator} ${asDouble(right, rightType)})` };
}

export function bitwise(operator: "&" | "|" | "^", type: Type): Operation {
  const operation = { name: `${type}${operator}`, strict: true, nullable: false };
  if (type === "boolean") return { ...operation, evaluate: (left, right) => BITS[operator](Number(left), Number(right)) === 1 };
  if (type === "integer") return { ...operation, evaluate: (left, right) => BITS[operator](Number(left), Number(right)) };
  return { ...operation, evaluate: (left, right) => bitwiseLong(operator, asLong(left), asLong(right)) };
}

type Arithmetic = Readonly<Record<ArithmeticOperator, (left: Value, right: Value) => Value>>;

const INTEGER: Arithmetic = {
  "+": (left, right) => (Number(left) + Number(right)) | 0,
  "-": (left, right) => (Number(left) - Number(right)) | 0,
  "*": (left, right) => Math.imul(Number(left), Number(right)),
  "/": (left, right) => Number(left) / Number(right),
  "%": (left, right) => (right === 0 ? null : (Number(left) % Number(right)) | 0),
};

const LONG: Arithmetic = {
  "+": (left, right) => addLong(asLong(left), asLong(right)),
  "-": (left, right) => subtractLong(asLong(left), asLong(right)),
  "*": (left, right) => multiplyLong(asLong(left), asLong(right)),
  "/": (left, right) => Number(left) / Number(right),
  "%": (left, right) => remainderLong(asLong(left), asLong(right)),
};

const FLOAT: Arithmetic = {
  "+": (left, right) => Math.fround(Number(left) + Number(right)),
  "-": (left, right) => Math.fround(Number(left) - Number(right)),
  "*": (left, right) => Math.fround(Number(left) * Number(right)),
  "/": (left, right) => Number(left) / Number(right),
  "%": (left, right) => Math.fround(Number(left) % Number(right)),
};

const DOUBLE: Arithmetic = {
  "+": (left, right) => Number(left) + Number(right),
  "-": (left, right) => Number(left) - Number(right),
  "*": (left, right) => Number(left) * Number(right),
  "/": (left, right) => Number(left) / Number(right),
  "%": (left, right) => Number(left) % Number(right),
};

const BITS: Readonly<Record<"&" | "|" | "^", (left: number, right: number) => number>> = {
  "&": (left, right) => left & right,
  "|": (left, right) => left | right,
  "^": (left, right) => left ^ right,
};

/** A long can be a bigint, which JavaScript does not mix with numbers. */
function asDouble(text: string, type: Type): string {
  return type === "long" ? `Number(${text})` : text;
}

function asLong(value: Value): Long {
  return typeof value === "bigint" ? value : Number(value);
}
