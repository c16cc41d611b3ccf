import type { Counter } from "../kit/index.ts";

/** The memory for requests that are being read and answered, of all connections together. */
export class BodyRoom {
  readonly #bytesMax: number;
  readonly #refused: Counter;
  #bytes = 0;

  constructor(bytesMax: number, refused: Counter) {
    this.#bytesMax = bytesMax;
    this.#refused = refused;
  }

  /** For one request. */
  hold(): HeldRoom {
    let own = 0;
    return {
      take: (bytes) => {
        const isFitting = this.#bytes + bytes <= this.#bytesMax;
        if (isFitting) [this.#bytes, own] = [this.#bytes + bytes, own + bytes];
        else this.#refused.add();
        return isFitting;
      },
      release: () => {
        this.#bytes -= own;
        own = 0;
      },
    };
  }
}

/** What one request holds of it. */
export interface HeldRoom {
  /** False, and counted, when there is no room for that much more. */
  take(bytes: number): boolean;
  release(): void;
}

/** How much the bodies of all requests of one listener take together. */
export const BODIES_BYTES_MAX = 512 * 1024 * 1024;
