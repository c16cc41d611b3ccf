/** How much longer who comes back is blocked, and when that is forgotten. */
export interface RepeatPolicy {
  /** The term of each further strike is so many times that of the one before; 1 makes all the same. */
  readonly factor: number;
  /** No term is made longer than this (milliseconds); one that is asked for so long by itself stays as it is. */
  readonly forMaxMs: number;
  /** One strike is forgiven for each such time that has passed since the end of the last block (milliseconds). */
  readonly forgivenAfterMs: number;
}

/** The latest block of a prefix by a row. */
export interface LastStrike {
  /** Which strike it was, 1 or more. */
  readonly strikes: number;
  /** Its end (epoch ms); undefined is never. */
  readonly untilMs: number | undefined;
}

/** Strikes that are not forgiven at `nowMs`: 0 for who has none. */
export function strikesLeft(last: LastStrike | undefined, nowMs: number, { forgivenAfterMs }: RepeatPolicy): number {
  if (last === undefined) return 0;
  const goodMs = last.untilMs === undefined ? 0 : Math.max(0, nowMs - last.untilMs);
  return Math.max(0, last.strikes - Math.floor(goodMs / forgivenAfterMs));
}

/** How long a block lasts that is asked for `forMs` (undefined is for good) and is the so many-th strike. 0 strikes leave it as it is. */
export function termOf(forMs: number | undefined, strikes: number, { factor, forMaxMs }: RepeatPolicy): number | undefined {
  if (forMs === undefined || strikes <= 1) return forMs;
  return Math.max(forMs, Math.min(forMaxMs, Math.round(forMs * factor ** (strikes - 1))));
}
