import type { MsgpackValue } from "../../kit/index.ts";
import { mapOf } from "./remote.ts";

/**
 * What has to go and what has to come so that a server has the queries that are wanted, and no others. Two queries are the same when their
 * name, group, text and, where the wanted one says so, suspension are; a query that is to be otherwise goes and comes.
 */
export function changesOf(
  standing: readonly MsgpackValue[],
  wanted: readonly MsgpackValue[],
): { readonly removed: readonly MsgpackValue[]; readonly added: readonly MsgpackValue[] } {
  const matches = (query: MsgpackValue, wish: MsgpackValue): boolean => {
    const [is, want] = [mapOf(query), mapOf(wish)];
    const isSuspended = want["suspended"] === undefined || want["suspended"] === is["suspended"];
    return (
      is["name"] === want["name"] &&
      (is["group"] ?? null) === (want["group"] ?? null) &&
      is["expression"] === want["expression"] &&
      isSuspended
    );
  };
  return {
    removed: standing.filter((query) => !wanted.some((wish) => matches(query, wish))),
    added: wanted.filter((wish) => !standing.some((query) => matches(query, wish))),
  };
}
