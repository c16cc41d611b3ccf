import type { Value } from "../../event/index.ts";
import { assert } from "../../kit/index.ts";

/** An argument that analysis has made sure is a string. */
export function text(value: Value | undefined): string {
  assert(typeof value === "string", "an operation on strings was given something else");
  return value;
}
