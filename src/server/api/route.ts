import type { RouteAccess } from "../access.ts";

/** What the description of the API says of a route, beside the schemas that its requests are checked by. */
export interface RouteDescription {
  readonly summary: string;
  /** The noun that it is about. */
  readonly tag: string;
  readonly status: number;
  /** JSON Schema of what is answered, or the media type of what is no JSON. */
  readonly answer: object | string;
  /** Media types of a request body that has no schema. */
  readonly takes?: readonly string[];
}

declare module "fastify" {
  interface FastifyContextConfig {
    readonly access?: RouteAccess;
    readonly description?: RouteDescription;
    /** Who asked and how it went is not written into the audit: it happens all the time, and changes nothing that stays. */
    readonly isUnaudited?: boolean;
    /** Longest body, where it is not that of all routes. */
    readonly bodyBytesMax?: number;
  }
}

/** A page of a list, by numbers in the query string. */
export interface PageQuery {
  readonly limit: string;
  readonly offset: string;
}

/** What of a list is shown, with what says where in it that is. */
export function pageOf<Item>(
  items: readonly Item[],
  { limit, offset }: PageQuery,
): { page: { total: number; limit: number; offset: number }; shown: Item[] } {
  const page = { total: items.length, limit: Math.min(Number(limit), PAGE_ITEMS_MAX), offset: Number(offset) };
  return { page, shown: items.slice(page.offset, page.offset + page.limit) };
}

const COUNT = { type: "string", pattern: "^[0-9]{1,9}$" };
export const PAGE_QUERY = object({ limit: { ...COUNT, default: "1000" }, offset: { ...COUNT, default: "0" } }, []);
export const PAGE_ANSWER = { total: { type: "integer" }, limit: { type: "integer" }, offset: { type: "integer" } };

/** A JSON Schema of an object that has these properties and no others; without `required` all of them. */
export function object(properties: Readonly<Record<string, object>>, required: readonly string[] = Object.keys(properties)): object {
  return { type: "object", additionalProperties: false, required, properties };
}

export function list(items: object): object {
  return { type: "array", items };
}

export const TEXT = { type: "string" };
export const NUMBER = { type: "number" };
export const TRUTH = { type: "boolean" };
export const TEXT_OR_NULL = { type: ["string", "null"] };
export const NUMBER_OR_NULL = { type: ["number", "null"] };

const PAGE_ITEMS_MAX = 10_000;
