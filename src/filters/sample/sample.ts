import { defineFilter } from "../../component/index.ts";
import { valueText } from "../value_text.ts";

export const sample = defineFilter({
  name: "sample",
  summary: "Lets on one event in so many: every nth, or all events of one key in n.",
  config: (z) =>
    z.strictObject({
      one_in: z.int().min(1).max(1_000_000_000).describe("How many events, or keys, one stands for."),
      by: z
        .string()
        .min(1)
        .max(256)
        .optional()
        .describe(
          "Field whose value decides, so that of one value all events go on or none, here and on other machines. Without it every nth event does.",
        ),
    }),
  examples: [{ one_in: 10 }, { one_in: 100, by: "session" }],
  apply: ({ one_in: oneIn, by }, plan) => {
    if (by !== undefined) {
      plan.require([plan.field(by)], ([value]) => hashOf(valueText(value) ?? "") % oneIn === 0);
      return;
    }
    let count = -1;
    plan.require([], () => ++count % oneIn === 0);
  },
});

/**
 * FNV-1a over the UTF-16 code units, 32 bits, and then Murmur3's finish: without it the low bits of similar keys are similar. The same on
 * every machine and in every version, for samples taken in several places are put together.
 * @see http://www.isthe.com/chongo/tech/comp/fnv/
 */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
