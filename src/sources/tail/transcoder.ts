/** Makes UTF-8 of lines in another encoding. */
export class Transcoder {
  readonly #decoder: Decoder;

  /**
   * For an encoding of the WHATWG list in which a newline is the byte 0x0A and no other character has that byte; undefined for any other.
   * @see https://encoding.spec.whatwg.org/#names-and-labels
   */
  static of(label: string): Transcoder | undefined {
    try {
      const decoder = new TextDecoder(label);
      return SPLIT_BY_BYTES.test(decoder.encoding) ? new Transcoder(decoder) : undefined;
    } catch {
      return undefined;
    }
  }

  private constructor(decoder: Decoder) {
    this.#decoder = decoder;
  }

  /** The whole lines `[start, end)` in UTF-8, at most three bytes for each; what is not of the encoding is U+FFFD. */
  utf8(bytes: Buffer, start: number, end: number): Buffer {
    return Buffer.from(this.#decoder.decode(bytes.subarray(start, end)));
  }
}

/** Not UTF-16, where a byte of another character may be a newline, and not ISO-2022-JP, whose lines depend on those before. */
const SPLIT_BY_BYTES = /^(?!utf-|iso-2022|replacement|x-user)/;

type Decoder = InstanceType<typeof TextDecoder>;
