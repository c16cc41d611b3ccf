/** The next wall of the grid of `periodMs` through `referenceMs` that lies after `nowMs`. */
export function nextWall(nowMs: number, periodMs: number, referenceMs: number): number {
  return referenceMs + (Math.floor((nowMs - referenceMs) / periodMs) + 1) * periodMs;
}
