import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";

/** What a checkpoint holds: the number of its positions, and states by name. */
export interface Content {
  readonly positionsVersion: number;
  readonly states: ReadonlyMap<string, Uint8Array>;
}

/**
 * What the latest checkpoints hold, by a digest, so that one is recognised that would hold nothing else. Where states are large they are looked
 * at only if the positions have stayed as they are: while events come, it costs nothing.
 */
export class KeptContent {
  #positionsVersion: number | undefined;
  /** Of the states; undefined where nobody has looked at them. */
  #digest: string | undefined;
  #times = 0;

  /** How many of the latest checkpoints, one after the other, hold exactly this, as far as is known; never more than there are. */
  async timesOf({ positionsVersion, states }: Content): Promise<number> {
    const isAsBefore = positionsVersion === this.#positionsVersion;
    const digest = isAsBefore || isSmall(states) ? await digestOf(states) : undefined;
    if (!isAsBefore || digest !== this.#digest) this.#times = 0;
    this.#positionsVersion = positionsVersion;
    this.#digest = digest;
    return this.#times;
  }

  /** That for which `timesOf` was called last has been written once more. */
  written(): void {
    this.#times++;
  }

  /** It could not be written: nothing is known any more of what the disk has. */
  failed(): void {
    this.#times = 0;
    this.#positionsVersion = undefined;
  }
}

/** To look at them takes less than to write them once more, which is needed where nobody has. */
function isSmall(states: ReadonlyMap<string, Uint8Array>): boolean {
  let bytes = 0;
  for (const state of states.values()) bytes += state.byteLength;
  return bytes <= SMALL_BYTES_MAX;
}

async function digestOf(states: ReadonlyMap<string, Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for (const [name, bytes] of states) {
    hash.update(`${name.length} ${name} ${bytes.byteLength} `);
    for (let at = 0; at < bytes.byteLength; at += PIECE_BYTES) {
      if (at > 0) await setImmediate();
      hash.update(bytes.subarray(at, at + PIECE_BYTES));
    }
  }
  return hash.digest("hex");
}

const SMALL_BYTES_MAX = 1 << 16;
/** So much is looked at before others have a turn. */
const PIECE_BYTES = 1 << 20;
