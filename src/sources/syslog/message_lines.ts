import type { MemoryPool } from "../stream_buffer.ts";

/** Lines that are whole, and the memory that they stand in, where it is the pool's. */
export interface Written {
  readonly bytes: Buffer;
  readonly memory: Buffer;
}

/**
 * Writes messages as lines: `ADDRESS SP MESSAGE LF`. A newline within a message, which only a counted frame or a datagram can have, becomes
 * `#012`, as rsyslog writes it; newlines and NULs at its end are no part of it. A message of nothing else is dropped.
 */
export class MessageLines {
  readonly #pool: MemoryPool;
  #memory: Buffer = EMPTY;
  #length = 0;

  constructor(pool: MemoryPool) {
    this.#pool = pool;
  }

  /** Bytes of lines so far. */
  get length(): number {
    return this.#length;
  }

  /** Adds the message `[start, end)`. `address` is the sender's, in Latin-1. */
  add(address: string, bytes: Buffer, start: number, end: number): void {
    let last = end;
    while (last > start && isTrailer(bytes[last - 1]!)) last--;
    if (last === start) return;
    this.#room(address.length + 2 + (last - start));
    const memory = this.#memory;
    this.#length += memory.write(address, this.#length, "latin1");
    memory[this.#length++] = SPACE;
    this.#copy(bytes, start, last);
    this.#memory[this.#length++] = NEWLINE;
  }

  /** What was added since the last call; undefined when that is nothing. */
  take(): Written | undefined {
    if (this.#length === 0) return undefined;
    const written = { bytes: this.#memory.subarray(0, this.#length), memory: this.#memory };
    this.#memory = EMPTY;
    this.#length = 0;
    return written;
  }

  #copy(bytes: Buffer, start: number, end: number): void {
    let from = start;
    for (let at = bytes.indexOf(NEWLINE, from); at >= 0 && at < end; at = bytes.indexOf(NEWLINE, from)) {
      // The room for what follows was asked for with a newline of one byte.
      this.#room(end - from + NEWLINE_ESCAPED.length + 1);
      this.#length += bytes.copy(this.#memory, this.#length, from, at);
      this.#length += this.#memory.write(NEWLINE_ESCAPED, this.#length, "latin1");
      from = at + 1;
    }
    this.#length += bytes.copy(this.#memory, this.#length, from, end);
  }

  #room(bytes: number): void {
    const wanted = this.#length + bytes;
    if (wanted <= this.#memory.length) return;
    const larger = this.#pool.take(Math.max(wanted, this.#memory.length * 2, LINES_BYTES));
    this.#memory.copy(larger, 0, 0, this.#length);
    this.#pool.give(this.#memory);
    this.#memory = larger;
  }
}

function isTrailer(byte: number): boolean {
  return byte === NEWLINE || byte === RETURN || byte === NUL;
}

const EMPTY = Buffer.alloc(0);
const LINES_BYTES = 4096;
const NEWLINE_ESCAPED = "#012";
const NUL = 0;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const SPACE = 0x20;
