/** Bytes that are put together with copies of what stands before them, as formats of Lempel and Ziv have them, up to a bound. */
export class ByteOutput {
  #bytes: Buffer;
  #length = 0;
  readonly #most: number;

  constructor(expected: number, most: number) {
    this.#most = most;
    this.#bytes = Buffer.allocUnsafe(Math.min(Math.max(expected, 64), most));
  }

  get length(): number {
    return this.#length;
  }

  /** Appends `[start, end)` of `from`. Throws RangeError where it ends before that, or beyond the bound. */
  literal(from: Buffer, start: number, end: number): void {
    if (end > from.length) throw new RangeError("it is cut off");
    this.#reserve(end - start);
    from.copy(this.#bytes, this.#length, start, end);
    this.#length += end - start;
  }

  /** Appends `count` of its own bytes from `distance` before its end on, which may overlap with what is appended. Throws RangeError. */
  copy(distance: number, count: number): void {
    if (distance < 1 || distance > this.#length) throw new RangeError("it refers to what was not there");
    this.#reserve(count);
    const from = this.#length - distance;
    if (distance >= count) this.#bytes.copyWithin(this.#length, from, from + count);
    else for (let at = 0; at < count; at++) this.#bytes[this.#length + at] = this.#bytes[from + at]!;
    this.#length += count;
  }

  take(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(count: number): void {
    const wanted = this.#length + count;
    if (wanted > this.#most) throw new RangeError(`there is more than ${this.#most} bytes in it`);
    if (wanted <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.min(Math.max(wanted, this.#bytes.length * 2), this.#most));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
