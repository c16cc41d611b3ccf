import type { Zod } from "../component/index.ts";

/** Finds the names of fields in the bytes of a line, without making a string of each name. */
export class FieldNames {
  readonly #names: readonly Buffer[];
  /** Place of a name + 1 by the low bits of its hash; 0 where there is none. */
  readonly #places: Int32Array;
  readonly #mask: number;

  constructor(names: readonly string[]) {
    this.#names = names.map((name) => Buffer.from(name));
    let capacity = 16;
    while (capacity < names.length * 4) capacity *= 2;
    this.#mask = capacity - 1;
    this.#places = new Int32Array(capacity);
    for (const [index, name] of this.#names.entries()) {
      let place = this.#placeOf(name, 0, name.length);
      while (this.#places[place] !== 0) place = (place + 1) & this.#mask;
      this.#places[place] = index + 1;
    }
  }

  /** The place in the list of the name that stands at `[start, end)`, or -1. Names come from the settings: no stranger can make them collide. */
  find(bytes: Uint8Array, start: number, end: number): number {
    let place = this.#placeOf(bytes, start, end);
    for (let index = this.#places[place]! - 1; index >= 0; index = this.#places[place]! - 1) {
      if (isSame(this.#names[index]!, bytes, start, end)) return index;
      place = (place + 1) & this.#mask;
    }
    return -1;
  }

  #placeOf(bytes: Uint8Array, start: number, end: number): number {
    // FNV-1a.
    let hash = -2128831035;
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 16777619);
    return (hash ^ (hash >>> 15)) & this.#mask;
  }
}

function isSame(name: Buffer, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let at = 0; at < name.length; at++) if (name[at] !== bytes[start + at]) return false;
  return true;
}

/** The setting by which a person says of which types fields are. */
export function typesSetting(z: Zod) {
  return z.record(z.string().min(1).max(255), z.enum(["string", "integer", "float", "boolean", "hash", "array"])).default({});
}

/** The setting that names the field of the time. */
export function timeKeySetting(z: Zod) {
  return z
    .string()
    .min(1)
    .max(255)
    .default("time")
    .describe(
      "The field that is the time of the event. A line without it is of the time it is read at; the event has it as epoch milliseconds.",
    );
}
