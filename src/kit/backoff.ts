/** How long to wait between tries: twice as long each time, from `firstMs` up to `mostMs`. */
export interface Backoff {
  readonly firstMs: number;
  readonly mostMs: number;
}

/**
 * The wait after `failures` (1 or more) tries in a row went wrong: between half and all of the doubled time, by `random` in [0, 1).
 * The half keeps a broken peer from being hammered; the rest spreads those who failed together.
 */
export function backoffMs(backoff: Backoff, failures: number, random: () => number = Math.random): number {
  const fullMs = Math.min(backoff.firstMs * 2 ** Math.min(failures - 1, DOUBLINGS_MAX), backoff.mostMs);
  return Math.round(fullMs / 2 + (fullMs / 2) * random());
}

const DOUBLINGS_MAX = 40;
