import type { StatementEvent } from "../vocabulary.ts";

/** The events that a batch has gathered, less some that were taken out from outside. */
export function without(gathered: StatementEvent[], leaving: readonly StatementEvent[]): StatementEvent[] {
  if (leaving.length === 0) return gathered;
  const gone = new Set(leaving);
  return gathered.filter((event) => !gone.has(event));
}
