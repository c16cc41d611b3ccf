/** One request, to be written as a line of the combined format. `timeMs` counts in whole seconds there. */
export interface Request {
  readonly host: string;
  readonly user?: string;
  readonly timeMs: number;
  readonly method: string;
  readonly path: string;
  readonly code: number;
  readonly size: number;
  readonly referer: string;
  readonly agent: string;
}

/** The line of a request as Apache and nginx write it, without its newline; times in UTC. */
export function combinedLine({ host, user = "-", timeMs, method, path, code, size, referer, agent }: Request): string {
  return `${host} - ${user} [${clfTime(timeMs)}] "${method} ${path} HTTP/1.1" ${code} ${size} "${referer}" "${agent}"`;
}

/** Numbers that look random and are the same for the same seed: mulberry32. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** At least 0, below 1. */
  fraction(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number: at least 0, below `bound`. */
  below(bound: number): number {
    return Math.floor(this.fraction() * bound);
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.below(items.length)]!;
  }
}

let lastSecondMs = Number.NaN;
let lastTime = "";

/** `10/Nov/2026:09:00:00 +0000`. Lines of one second follow each other, so the last one is kept. */
function clfTime(timeMs: number): string {
  if (timeMs === lastSecondMs) return lastTime;
  const date = new Date(timeMs);
  const day = String(date.getUTCDate()).padStart(2, "0");
  lastSecondMs = timeMs;
  lastTime = `${day}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${date.toISOString().slice(11, 19)} +0000`;
  return lastTime;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
