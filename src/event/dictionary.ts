import { StringTable } from "./string_table.ts";

/**
 * The distinct strings of one field, each with a small number (its code): what group-by and equality work on instead of strings.
 * An attacker chooses the strings, so codes that nobody holds any more are given back: `sweep` asks every holder.
 */
export class Dictionary {
  readonly #texts: (string | undefined)[] = [];
  readonly #table = new StringTable(this.#texts, (code) => void this.#others.set(this.text(code), code));
  /** The few that the table does not hold by their text: those that are not ASCII, and those that crafted collisions kept out of it. */
  readonly #others = new Map<string, number>();
  #count = 0;
  #free: number[] = [];
  readonly #holders = new Set<CodeHolder>();
  #textLength = 0;
  #sweepAt = SWEEP_ENTRIES_MIN;
  #sweepAtLength = SWEEP_TEXT_LENGTH_MIN;

  /** One above the highest code ever given: the length an array indexed by code needs. */
  get codeCount(): number {
    return this.#texts.length;
  }

  /** Strings held now. */
  get size(): number {
    return this.#count;
  }

  /** The code of `text`, giving it one if it has none. */
  codeOf(text: string): number {
    const found = this.#table.findText(text);
    if (found >= 0) return found;
    return (this.#others.size === 0 ? undefined : this.#others.get(text)) ?? this.#add(text);
  }

  /** The code of `text`, or undefined if it has none. */
  find(text: string): number | undefined {
    const found = this.#table.findText(text);
    return found >= 0 ? found : this.#others.get(text);
  }

  /** The code of the UTF-8 bytes `[start, end)` of `bytes`; bytes that are not UTF-8 read as U+FFFD. No string is made for a known one. */
  codeOfBytes(bytes: Buffer, start: number, end: number): number {
    const found = this.#table.find(bytes, start, end);
    return found >= 0 ? found : this.#learn(bytes, start, end);
  }

  /** Apart from the look-up, so that compiling that one does not take in all of this. */
  #learn(bytes: Buffer, start: number, end: number): number {
    const text = bytes.toString("utf8", start, end);
    const isBroken = text.includes(REPLACEMENT_CHARACTER);
    if (text.length === end - start && !isBroken) {
      // ASCII: what the table does not hold by its bytes it does not hold by its text.
      const known = this.#others.size === 0 ? undefined : this.#others.get(text);
      if (known !== undefined) return known;
      const code = this.#newCode();
      this.#name(code, text, this.#table.add(bytes, start, end, code));
      return code;
    }
    const code = this.codeOf(text);
    // Endlessly many broken byte strings read as the same text: the table would grow without a new code, so they take the slower way.
    if (!isBroken) this.#table.add(bytes, start, end, code);
    return code;
  }

  /** The string of a code that is in use. */
  text(code: number): string {
    return this.#texts[code]!;
  }

  /** Registers somebody who keeps codes across batches. Returns how to be forgotten. */
  hold(holder: CodeHolder): () => void {
    this.#holders.add(holder);
    return () => void this.#holders.delete(holder);
  }

  /** True once the strings have doubled since the last sweep, in number (65,536 at first) or in length (16 M): time to call `sweep`. */
  get wantsSweep(): boolean {
    return this.#count >= this.#sweepAt || this.#textLength >= this.#sweepAtLength;
  }

  /**
   * Forgets every string whose code no holder marks, and gives its code to others. Called between two batches: those made before must
   * not be used again.
   */
  sweep(): void {
    const marks = new Uint8Array(this.#texts.length);
    for (const holder of this.#holders) holder.markCodes(marks);
    for (const holder of this.#holders) holder.forgetCodes(marks);
    this.#free = [];
    for (let code = marks.length - 1; code >= 0; code--) {
      if (marks[code] === 1) continue;
      const text = this.#texts[code];
      if (text !== undefined) {
        this.#others.delete(text);
        this.#count--;
        this.#textLength -= text.length;
      }
      this.#texts[code] = undefined;
      this.#free.push(code);
    }
    this.#table.retain(marks);
    this.#sweepAt = Math.max(SWEEP_ENTRIES_MIN, this.#count * 2);
    this.#sweepAtLength = Math.max(SWEEP_TEXT_LENGTH_MIN, this.#textLength * 2);
  }

  #add(text: string): number {
    const code = this.#newCode();
    const kept = this.#table.addText(text, code);
    this.#name(code, kept ?? text, kept !== undefined);
    return code;
  }

  #newCode(): number {
    return this.#free.pop() ?? this.#texts.length;
  }

  #name(code: number, text: string, isInTable: boolean): void {
    this.#texts[code] = text;
    if (!isInTable) this.#others.set(text, code);
    this.#count++;
    this.#textLength += text.length;
  }
}

/** Keeps codes of a dictionary from one batch to the next. */
export interface CodeHolder {
  /** Sets `marks[code] = 1` for every code it cannot do without. */
  markCodes(marks: Uint8Array): void;
  /** Forgets every code that nobody marked: from now on it may stand for another string. */
  forgetCodes(marks: Uint8Array): void;
}

const SWEEP_ENTRIES_MIN = 65_536;
const SWEEP_TEXT_LENGTH_MIN = 16 * 1024 * 1024;
const REPLACEMENT_CHARACTER = "\ufffd";
