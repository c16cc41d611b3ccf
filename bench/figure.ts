/** One measured number, and what it is to be compared with. */
export interface Figure {
  /** The bench and what of it: `replay/lines_per_cpu_second`. */
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Whose figure of the same run `ratio` compares with: above 1 Hotaka is ahead. */
  readonly peer?: string;
  readonly ratio?: number;
}

export interface Bench {
  readonly name: string;
  /** Says on the way what could not be measured, and why. Figures that nobody `wants`, by their names, may be left out. */
  run(note: (sentence: string) => void, wants: (figure: string) => boolean): Promise<Figure[]>;
}

/** The middle of `values`: one disturbed round out of several does not move it. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
