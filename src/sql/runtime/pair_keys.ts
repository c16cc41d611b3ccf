import type { CodeHolder, Dictionary, Value } from "../../event/index.ts";

/**
 * The values by which two streams are joined, each with a small number for as long as an event with it is held. 0 is no number: that of
 * null, which is equal to nothing, unless `nulls` says that it is a value as others are.
 */
export class PairKeys {
  readonly #nulls: boolean;
  readonly #ids = new Map<Value, number>();
  readonly #values: Value[] = [null];
  readonly #free: number[] = [];
  readonly #translations = new Map<Dictionary, Translation>();
  #held: Int32Array = new Int32Array(IDS_MIN);

  constructor(nulls: boolean) {
    this.#nulls = nulls;
  }

  /** One above the highest number ever given. */
  get idCount(): number {
    return this.#values.length;
  }

  value(id: number): Value {
    return this.#values[id]!;
  }

  /** The number of a value, which `hold` keeps and `release` gives back; 0 for a null that is equal to nothing. */
  idOf(value: Value): number {
    return value === null && !this.#nulls ? 0 : (this.#ids.get(value) ?? this.#learn(value));
  }

  /** The number of the string of a code. */
  idOfCode(translation: Translation, code: number): number {
    const known = translation.ids[code];
    if (known !== undefined && known !== 0) return known;
    const id = this.idOf(translation.dictionary.text(code));
    translation.set(code, id);
    return id;
  }

  /** By code of the dictionary the number of the string. */
  translation(dictionary: Dictionary): Translation {
    const known = this.#translations.get(dictionary);
    if (known !== undefined) return known;
    const translation = new Translation(dictionary);
    this.#translations.set(dictionary, translation);
    return translation;
  }

  hold(id: number): void {
    this.#held[id]!++;
  }

  release(id: number): void {
    if (--this.#held[id]! > 0) return;
    this.#ids.delete(this.#values[id]!);
    this.#values[id] = null;
    this.#free.push(id);
    for (const translation of this.#translations.values()) translation.forget(id);
  }

  close(): void {
    for (const translation of this.#translations.values()) translation.close();
  }

  #learn(value: Value): number {
    const id = this.#free.pop() ?? this.#values.length;
    if (id === this.#held.length) this.#held = longer(this.#held, 0);
    this.#ids.set(value, id);
    this.#values[id] = value;
    return id;
  }
}

/** The numbers of the strings of a dictionary, so that a known one is not looked up by its text. */
export class Translation implements CodeHolder {
  readonly dictionary: Dictionary;
  /** By code; 0 where it is not known. */
  ids: Int32Array = new Int32Array(IDS_MIN);
  /** By number, 1 above the code; 0 where there is none. */
  #codes: Int32Array = new Int32Array(IDS_MIN);
  readonly #letGo: () => void;

  constructor(dictionary: Dictionary) {
    this.dictionary = dictionary;
    this.#letGo = dictionary.hold(this);
  }

  set(code: number, id: number): void {
    while (code >= this.ids.length) this.ids = longer(this.ids, 0);
    while (id >= this.#codes.length) this.#codes = longer(this.#codes, 0);
    this.ids[code] = id;
    this.#codes[id] = code + 1;
  }

  forget(id: number): void {
    const code = (this.#codes[id] ?? 0) - 1;
    if (code < 0) return;
    this.ids[code] = 0;
    this.#codes[id] = 0;
  }

  /** What is held here are values, and could do without codes: but then those of all keys would be learned anew after each sweep. */
  markCodes(marks: Uint8Array): void {
    for (const code of this.#codes) if (code > 0 && code <= marks.length) marks[code - 1] = 1;
  }

  forgetCodes(marks: Uint8Array): void {
    for (let code = 0; code < this.ids.length; code++) if (marks[code] !== 1) this.forget(this.ids[code]!);
  }

  close(): void {
    this.#letGo();
  }
}

/** A copy of twice the length. */
export function longer(from: Int32Array, fill: number): Int32Array {
  const to = new Int32Array(from.length * 2).fill(fill, from.length);
  to.set(from);
  return to;
}

export const IDS_MIN = 1024;
