import { Expression } from "../../kit/index.ts";

/** Why an expression that was written for Ruby cannot be used; undefined when it can, as it stands. */
export function re2Fault(written: string): string | undefined {
  if (written === "") return "it is missing";
  const expression = Expression.of(written);
  return typeof expression === "string" ? expression : undefined;
}
