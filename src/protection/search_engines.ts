import type { TrustedSuffix } from "./never_block.ts";

/**
 * Ends of the names that the crawlers of search engines have in the reverse DNS, as their owners publish them for telling a crawler from who
 * calls himself one. Names that customers of a company can have too (googleusercontent.com, amazonaws.com) are not among them.
 */
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  apple: [".applebot.apple.com"],
  baidu: [".crawl.baidu.com", ".crawl.baidu.jp"],
  bing: [".search.msn.com"],
  google: [".googlebot.com", ".google.com"],
  qwant: [".search.qwant.com"],
  yahoo: [".crawl.yahoo.net"],
  yandex: [".yandex.com", ".yandex.net", ".yandex.ru"],
};

/** The search engines that settings may name. */
export const SEARCH_ENGINE_NAMES: readonly string[] = Object.keys(SUFFIXES);

/** The ends of the names of these search engines; names that are none are left out. */
export function suffixesOf(engines: readonly string[]): TrustedSuffix[] {
  return engines.flatMap((owner) => (Object.hasOwn(SUFFIXES, owner) ? SUFFIXES[owner]!.map((suffix) => ({ suffix, owner })) : []));
}
