import { resolve } from "node:path";
import { z } from "zod";
import { worded } from "../component/index.ts";
import { parseCidr } from "../kit/index.ts";
import { type NeverBlock, SEARCH_ENGINE_NAMES, suffixesOf } from "../protection/index.ts";

/** Who is never blocked, as it is written. */
export function neverBlockSchema() {
  return z
    .array(z.union([hostText(), rangesSchema()]))
    .max(ENTRIES_MAX)
    .refine((entries) => entries.filter((entry) => "name" in entry).length <= NAMES_MAX, {
      message: `at most ${NAMES_MAX} host names were wanted.`,
    })
    .default([])
    .describe(
      `Who is never blocked, beside private ranges, the addresses of this machine and the health checks of clouds: addresses, prefixes, and host names, which are resolved again and again. A map is one of: \`search_engines\` (all, or a list of ${SEARCH_ENGINE_NAMES.join(", ")}) and \`reverse_dns\` (ends of names such as .crawler.example.com), hosts whose reverse name ends so and leads back to their address; \`aws_ip_ranges\`, a file as AWS publishes it, with \`service\` and \`region\` for a part of it.`,
    );
}

/** The list as it is used: `file` of the ranges is from `folder` on, and an address of an operator is protected for so long. */
export function neverBlockOf(
  written: z.infer<ReturnType<typeof neverBlockSchema>>,
  folder: string,
  operatorForMs: number | undefined,
): NeverBlock {
  return {
    operatorForMs,
    prefixes: written.flatMap((entry) => ("prefix" in entry ? [entry.prefix] : [])),
    names: [...new Set(written.flatMap((entry) => ("name" in entry ? [entry.name] : [])))],
    awsIpRanges: written.flatMap((entry) => {
      if (!("aws_ip_ranges" in entry) || entry.aws_ip_ranges === undefined) return [];
      return [{ file: resolve(folder, entry.aws_ip_ranges), service: entry.service, region: entry.region }];
    }),
    suffixes: written.flatMap((entry) => {
      if (!("search_engines" in entry)) return [];
      const { search_engines: engines, reverse_dns: suffixes } = entry;
      const own = (suffixes ?? []).map((suffix) => ({ suffix, owner: suffix.slice(1) }));
      return [...(engines === undefined ? [] : suffixesOf(engines === "all" ? SEARCH_ENGINE_NAMES : engines)), ...own];
    }),
  };
}

function rangesSchema() {
  return (
    z
      .strictObject({
        aws_ip_ranges: z
          .string()
          .min(1)
          .max(4096)
          .optional()
          .describe("A file as AWS publishes it (ip-ranges.json), read again when it changes."),
        service: z
          .string()
          .min(1)
          .max(100)
          .optional()
          .describe("With aws_ip_ranges: the prefixes of this service alone, such as ROUTE53_HEALTHCHECKS."),
        region: z.string().min(1).max(100).optional().describe("With aws_ip_ranges: the prefixes of this region alone."),
        search_engines: z
          .union([z.literal("all"), z.array(z.enum(SEARCH_ENGINE_NAMES)).min(1)])
          .optional()
          .describe("Crawlers whose reverse name is that of a search engine and leads back to their address."),
        reverse_dns: z
          .array(suffixText())
          .min(1)
          .max(100)
          .optional()
          .describe("Hosts whose reverse name ends so, as in .crawler.example.com, and leads back to their address."),
      })
      .refine((entry) => KINDS.filter((kind) => entry[kind] !== undefined).length === 1, {
        message: `exactly one of ${KINDS.join(", ")} was wanted.`,
      })
      .refine(({ aws_ip_ranges: file, service, region }) => file !== undefined || (service === undefined && region === undefined), {
        message: "service and region go with aws_ip_ranges.",
      })
      // Every kind has every key, so that one may ask which it is.
      .transform((entry) => ({ ...entry, search_engines: entry.search_engines, aws_ip_ranges: entry.aws_ip_ranges }))
  );
}

function hostText() {
  return worded<{ readonly prefix: string } | { readonly name: string }>(
    z,
    "an address, a prefix or a host name such as 192.0.2.10, 2001:db8:feed::/48 or office.example.com",
    (text) => {
      if (parseCidr(text) !== undefined) return { value: { prefix: text } };
      return HOST_NAME.test(text) ? { value: { name: text.toLowerCase() } } : undefined;
    },
  );
}

function suffixText() {
  return worded<string>(z, "the end of a host name with the dot before it, such as .crawler.example.com", (text) => {
    return text.startsWith(".") && HOST_NAME.test(text.slice(1)) ? { value: text.toLowerCase() } : undefined;
  });
}

const KINDS = ["aws_ip_ranges", "search_engines", "reverse_dns"] as const;
/** At least two labels, the last with a letter, so that an address with a slip is not taken for a name. @see RFC 1123, section 2.1 */
const HOST_NAME = /^(?=.{4,253}$)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+(?=[a-z0-9-]*[a-z])[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/i;
const ENTRIES_MAX = 100_000;
const NAMES_MAX = 1000;
