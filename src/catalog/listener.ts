/** Where the rows of a query go, by its group. */
export type Listener =
  /** They wait to be fetched. */
  | { readonly kind: "pool" }
  /** They are written to the standard output of the daemon. */
  | { readonly kind: "stdout" }
  /** They become events of a target. */
  | { readonly kind: "loopback"; readonly target: string };

/**
 * Norikra's listeners, which are written as the group of a query: `LOOPBACK(target)` and `STDOUT()`. Any other group is a label, also one
 * that only looks so.
 */
export function listenerOf(group: string | undefined): Listener {
  const [, name, argument = ""] = /^([_A-Z]+)\((.*)\)$/.exec(group ?? "") ?? [];
  if (name === "STDOUT" && argument.trim() === "") return { kind: "stdout" };
  if (name === "LOOPBACK" && argument.trim() !== "") return { kind: "loopback", target: argument.trim() };
  return { kind: "pool" };
}
