import { isList, type Value } from "../../event/index.ts";
import type { Case, CaseOutput, ExpectedRow } from "./case.ts";

/** What is different at one instant, for a person to read; undefined when nothing is. */
export interface Difference {
  readonly timeMs: number;
  readonly stream: "rows" | "removed";
  readonly expected: readonly ExpectedRow[];
  readonly found: readonly ExpectedRow[];
}

/**
 * Compares instant by instant; calls of one instant count as one. Numbers of type double or float may differ by one part in 10^9, all else
 * is exact; null and missing are the same. Order counts only where the case says so.
 */
export function compare(
  expected: readonly CaseOutput[],
  found: readonly CaseOutput[],
  { ordered, columns }: Pick<Case, "ordered" | "columns">,
): Difference[] {
  const differences: Difference[] = [];
  for (const timeMs of new Set([...expected, ...found].map((output) => output.timeMs).toSorted((a, b) => a - b))) {
    for (const stream of ["rows", "removed"] as const) {
      const wanted = rowsAt(expected, timeMs, stream);
      const got = rowsAt(found, timeMs, stream);
      const equal = ordered ? sameRows(wanted, got, columns) : sameMultiset(wanted, got, columns);
      if (!equal) differences.push({ timeMs, stream, expected: wanted, found: got });
    }
  }
  return differences;
}

function rowsAt(outputs: readonly CaseOutput[], timeMs: number, stream: "rows" | "removed"): ExpectedRow[] {
  return outputs.filter((output) => output.timeMs === timeMs).flatMap((output) => output[stream]);
}

type Columns = Case["columns"];

function sameRows(expected: readonly ExpectedRow[], found: readonly ExpectedRow[], columns: Columns): boolean {
  return expected.length === found.length && expected.every((row, index) => sameRow(row, found[index]!, columns));
}

function sameMultiset(expected: readonly ExpectedRow[], found: readonly ExpectedRow[], columns: Columns): boolean {
  if (expected.length !== found.length) return false;
  const left = [...found];
  return expected.every((row) => {
    const at = left.findIndex((candidate) => sameRow(row, candidate, columns));
    if (at !== -1) left.splice(at, 1);
    return at !== -1;
  });
}

function sameRow(expected: ExpectedRow, found: ExpectedRow, columns: Columns): boolean {
  const names = new Set([...Object.keys(expected), ...Object.keys(found)]);
  return [...names].every((name) => sameValue(expected[name] ?? null, found[name] ?? null, columns[name]));
}

function sameValue(expected: Value, found: Value, type: string | undefined): boolean {
  if (typeof expected === "number" && typeof found === "number") {
    if (Object.is(expected, found) || expected === found) return true;
    const exact = type === "long" || type === "integer" || type === "int";
    return !exact && Math.abs(expected - found) <= Math.max(1e-12, 1e-9 * Math.max(Math.abs(expected), Math.abs(found)));
  }
  if (expected instanceof Date || found instanceof Date)
    return expected instanceof Date && found instanceof Date && expected.getTime() === found.getTime();
  if (isList(expected)) {
    return isList(found) && expected.length === found.length && expected.every((item, at) => sameValue(item, found[at] ?? null, undefined));
  }
  if (typeof expected === "object" && expected !== null) {
    return typeof found === "object" && found !== null && !isList(found) && sameRow(expected, found, {});
  }
  return expected === found;
}
