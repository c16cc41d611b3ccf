import { AddressRanges, parseAddress, parseCidr } from "../../kit/index.ts";
import { text } from "../operations/argument.ts";
import { defineFunction } from "../vocabulary.ts";
import { valueText } from "../plan/value_text.ts";

export const inCidr = defineFunction({
  name: "in_cidr",
  summary: "Whether an address is in one of the prefixes; null for what is no address.",
  parameters: [
    { name: "address", kind: "expression", doc: "An IPv4 or IPv6 address." },
    { name: "prefixes", kind: "text", doc: "One or more prefixes, as '10.0.0.0/8', written out." },
  ],
  example: "SELECT host FROM access WHERE not in_cidr(host, '10.0.0.0/8', '2001:db8::/32')",
  after: "Our own; RFC 4632",
  resolve([address], [, ...prefixes]) {
    if (address !== "string") return "it takes an address as a string.";
    if (prefixes.length === 0) return "it takes an address and one or more prefixes.";
    const parsed = prefixes.map((prefix) => (typeof prefix === "string" ? parseCidr(prefix) : undefined));
    const known = parsed.filter((prefix) => prefix !== undefined);
    if (known.length < parsed.length)
      return `${valueText(prefixes[parsed.indexOf(undefined)] ?? null)} is not a prefix, as '10.0.0.0/8', written out.`;
    const ranges = new AddressRanges(known);
    return {
      type: "boolean",
      operation: {
        name: "in_cidr",
        strict: true,
        nullable: true,
        evaluate: (value) => {
          const found = parseAddress(text(value));
          return found === undefined ? null : ranges.contains(found);
        },
      },
    };
  },
});
