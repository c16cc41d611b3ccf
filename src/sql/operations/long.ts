/**
 * Arithmetic of 64-bit integers. A long is a `number` within ±(2^53 − 1) and a `bigint` beyond, never a `bigint` within; the common case
 * is one addition and one comparison. Overflow wraps, as in Java.
 */
export type Long = number | bigint;

export function addLong(left: Long, right: Long): Long {
  if (typeof left === "number" && typeof right === "number") {
    const sum = left + right;
    if (sum <= SAFE && sum >= -SAFE) return sum;
  }
  return long(BigInt(left) + BigInt(right));
}

export function subtractLong(left: Long, right: Long): Long {
  if (typeof left === "number" && typeof right === "number") {
    const difference = left - right;
    if (difference <= SAFE && difference >= -SAFE) return difference;
  }
  return long(BigInt(left) - BigInt(right));
}

export function multiplyLong(left: Long, right: Long): Long {
  if (typeof left === "number" && typeof right === "number") {
    const product = left * right;
    // Adding 0 turns −0, which a long does not have, into 0.
    if (product <= SAFE && product >= -SAFE) return product + 0;
  }
  return long(BigInt(left) * BigInt(right));
}

/** Null for a divisor of 0, where Java throws. */
export function remainderLong(left: Long, right: Long): Long | null {
  if (right === 0) return null;
  if (typeof left === "number" && typeof right === "number") return (left % right) + 0;
  return long(BigInt(left) % BigInt(right));
}

export function bitwiseLong(operator: "&" | "|" | "^", left: Long, right: Long): Long {
  const [a, b] = [BigInt(left), BigInt(right)];
  return long(operator === "&" ? a & b : operator === "|" ? a | b : a ^ b);
}

/** A bigint as a long: wrapped to 64 bits, and a number where it can be. */
export function long(value: bigint): Long {
  const wrapped = BigInt.asIntN(64, value);
  return wrapped <= SAFE_BIG && wrapped >= -SAFE_BIG ? Number(wrapped) : wrapped;
}

const SAFE = Number.MAX_SAFE_INTEGER;
const SAFE_BIG = BigInt(Number.MAX_SAFE_INTEGER);
