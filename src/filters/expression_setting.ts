import { worded, type Zod } from "../component/index.ts";
import { Expression } from "../kit/index.ts";

/** A regular expression in the settings, matched in linear time. */
export function expressionSetting(z: Zod) {
  return worded(z, "a regular expression such as /error|warn/i", (text) => {
    const expression = Expression.of(text);
    return typeof expression === "string" ? { wrong: expression } : { value: expression };
  });
}
