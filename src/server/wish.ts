import { HotakaError, parseDuration } from "../kit/index.ts";

/** What the requests about blocks have in common, as JSON schemas. */
export const BY = { type: "string", minLength: 1, maxLength: 200, default: "a person" };
export const REASON = { type: "string", minLength: 1, maxLength: 500, default: "no reason given" };
export const TERM = { type: "string", minLength: 1, maxLength: 64 };

const NUMBER = { type: "string", pattern: "^[0-9]{1,9}$" };
export const PAGE = {
  type: "object",
  additionalProperties: false,
  properties: { limit: { ...NUMBER, default: "1000" }, offset: { ...NUMBER, default: "0" } },
};

/** For how long to block, in milliseconds; undefined is for good. Throws HOTAKA_SERVER_REQUEST. */
export function termOf(text: string): number | undefined {
  if (text === "ever") return undefined;
  const forMs = parseDuration(text);
  if (forMs !== undefined && forMs > 0) return forMs;
  throw new HotakaError(
    "HOTAKA_SERVER_REQUEST",
    `"${text}" is not for how long to block; a duration such as 90s, 1h or 7 days, or ever, was wanted.`,
  );
}
