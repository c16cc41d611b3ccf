import { parseAddress } from "../../kit/index.ts";
import { text } from "../operations/argument.ts";
import { defineFunction } from "../vocabulary.ts";

export const prefix64 = defineFunction({
  name: "prefix64",
  summary:
    "Who an address belongs to: an IPv4 address as it is, an IPv6 address as its /64, which one customer has; null for what is no address.",
  parameters: [{ name: "address", kind: "expression", doc: "An IPv4 or IPv6 address." }],
  example: "SELECT prefix64(host) AS client, count(*) AS requests FROM access.win:time_batch(1 min) GROUP BY prefix64(host)",
  after: "Our own; RFC 6177 for the length",
  resolve([address, ...more]) {
    if (address !== "string" || more.length > 0) return "it takes an address as a string.";
    return {
      type: "string",
      operation: {
        name: "prefix64",
        strict: true,
        nullable: true,
        evaluate: (value) => {
          const parsed = parseAddress(text(value));
          return parsed === undefined ? null : parsed.family === 4 ? parsed.address : parsed.widened(64).toString();
        },
      },
    };
  },
});
