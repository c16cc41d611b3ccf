import { text } from "../operations/argument.ts";
import { defineFunction } from "../vocabulary.ts";

export const userAgentFamily = defineFunction({
  name: "user_agent_family",
  summary: "What kind of program a User-Agent says it is: Chrome, Firefox, Googlebot, curl, ..; else its first product, or Other.",
  parameters: [{ name: "agent", kind: "expression", doc: "The User-Agent header." }],
  example:
    "SELECT user_agent_family(agent) AS family, count(*) AS requests FROM access.win:time_batch(1 min) GROUP BY user_agent_family(agent)",
  after: "Our own; the header is a claim, not a proof (RFC 9110, 10.1.5)",
  resolve([agent, ...more]) {
    if (agent !== "string" || more.length > 0) return "it takes a User-Agent as a string.";
    return {
      type: "string",
      operation: { name: "user_agent_family", strict: true, nullable: false, evaluate: (value) => familyOf(text(value)) },
    };
  },
});

function familyOf(agent: string): string {
  for (const [mark, family] of MARKS) if (agent.includes(mark)) return family;
  // An attacker chooses the text: a family of its own is only what looks like a product, and short.
  const [, product] = /^([A-Za-z][\w.-]{0,31})(?:\/|$| )/.exec(agent) ?? [];
  return product === undefined || product === "Mozilla" ? "Other" : product;
}

/** The first that is found counts: robots say they are browsers, and browsers say they are older ones. */
const MARKS: readonly (readonly [string, string])[] = [
  ["Googlebot", "Googlebot"],
  ["AdsBot-Google", "AdsBot-Google"],
  ["bingbot", "bingbot"],
  ["Applebot", "Applebot"],
  ["YandexBot", "YandexBot"],
  ["Baiduspider", "Baiduspider"],
  ["DuckDuckBot", "DuckDuckBot"],
  ["facebookexternalhit", "facebookexternalhit"],
  ["meta-externalagent", "meta-externalagent"],
  ["Twitterbot", "Twitterbot"],
  ["LinkedInBot", "LinkedInBot"],
  ["Slackbot", "Slackbot"],
  ["GPTBot", "GPTBot"],
  ["ChatGPT-User", "ChatGPT-User"],
  ["OAI-SearchBot", "OAI-SearchBot"],
  ["ClaudeBot", "ClaudeBot"],
  ["PerplexityBot", "PerplexityBot"],
  ["CCBot", "CCBot"],
  ["Bytespider", "Bytespider"],
  ["Amazonbot", "Amazonbot"],
  ["AhrefsBot", "AhrefsBot"],
  ["SemrushBot", "SemrushBot"],
  ["MJ12bot", "MJ12bot"],
  ["DotBot", "DotBot"],
  ["PetalBot", "PetalBot"],
  ["Edg/", "Edge"],
  ["EdgA/", "Edge"],
  ["EdgiOS/", "Edge"],
  ["OPR/", "Opera"],
  ["SamsungBrowser/", "Samsung Internet"],
  ["Vivaldi/", "Vivaldi"],
  ["YaBrowser/", "Yandex Browser"],
  ["FxiOS/", "Firefox"],
  ["Firefox/", "Firefox"],
  ["HeadlessChrome/", "HeadlessChrome"],
  ["CriOS/", "Chrome"],
  ["Chrome/", "Chrome"],
  ["Trident/", "Internet Explorer"],
  ["MSIE ", "Internet Explorer"],
  ["Safari/", "Safari"],
];
