import type { Row } from "../../event/index.ts";
import type { Sink } from "../statement.ts";

/** Hands on rows with the instant of each, ascending: those of one instant leave together. */
export function deliverByInstant(sink: Sink, rows: Row[], instants: readonly number[]): void {
  for (let from = 0; from < rows.length;) {
    const timeMs = instants[from]!;
    let to = from + 1;
    while (to < rows.length && instants[to] === timeMs) to++;
    sink({ timeMs, endMs: timeMs, rows: from === 0 && to === rows.length ? rows : rows.slice(from, to), removed: [] });
    from = to;
  }
}
