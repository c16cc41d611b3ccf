import { parseAddress } from "../../kit/index.ts";
import { text } from "../operations/argument.ts";
import { isIntegral } from "../plan/type.ts";
import { defineFunction } from "../vocabulary.ts";

export const cidr = defineFunction({
  name: "cidr",
  summary: "The prefix of so many bits that an address is in, as 192.0.2.0/24; null for what is no address.",
  parameters: [
    { name: "address", kind: "expression", doc: "An IPv4 or IPv6 address." },
    { name: "bits", kind: "count", doc: "The length of the prefix." },
    { name: "bits_ipv6", kind: "count", doc: "The length for IPv6, where it is another.", optional: true },
  ],
  example: "SELECT cidr(host, 24, 64) AS network, count(*) AS requests FROM access.win:time_batch(1 min) GROUP BY cidr(host, 24, 64)",
  after: "Our own; RFC 4632 and RFC 5952 for the text",
  resolve([address, ...lengths]) {
    if (address !== "string") return "it takes an address as a string.";
    if (lengths.length < 1 || lengths.length > 2 || !lengths.every(isIntegral))
      return "it takes an address and one or two lengths of a prefix.";
    return {
      type: "string",
      operation: {
        name: "cidr",
        strict: true,
        nullable: true,
        evaluate: (value, bits, bitsIpv6 = bits) => {
          const parsed = parseAddress(text(value));
          const length = Number(parsed?.family === 6 ? bitsIpv6 : bits);
          return parsed === undefined || length < 0 ? null : parsed.widened(length).toString();
        },
      },
    };
  },
});
