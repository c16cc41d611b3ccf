import type { Type } from "../plan/type.ts";

/**
 * A number as Java writes it. Whole numbers as digits; a double with at least one digit behind the point and, below 10^-3 and from 10^7,
 * with an exponent (`Double.toString`); a float the same with the digits that 32 bits need. A `value`, whose type is not known, as digits
 * where it is whole.
 */
export function numberText(value: number, type: Type): string {
  if (type === "float") return decimalText(shortestFloat(value));
  if (type === "double") return decimalText(value);
  return Number.isInteger(value) ? String(value) : decimalText(value);
}

function decimalText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-3 && magnitude < 1e7) {
    const text = String(value);
    return text.includes(".") ? text : `${text}.0`;
  }
  const [digits = "", exponent = ""] = value.toExponential().split("e");
  return `${digits.includes(".") ? digits : `${digits}.0`}E${exponent.replace("+", "")}`;
}

/** The double with the fewest digits that is the same float. */
function shortestFloat(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const candidate = Number(value.toPrecision(digits));
    if (Math.fround(candidate) === value) return candidate;
  }
  return value;
}
