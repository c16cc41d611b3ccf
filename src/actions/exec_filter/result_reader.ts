import type { Row } from "../../event/index.ts";
import { MsgpackReader, skipMsgpack } from "../../kit/index.ts";
import { cellText, type PipeFormat } from "./row_bytes.ts";

/** What a program has put out: a record, or why it is none. */
export type Result = { readonly record: Row } | { readonly refused: "format" | "length" };

/**
 * Takes records apart that come through a pipe in pieces, at most `bytesMax` each. What is no record is told of and passed over: a line as a
 * whole, a value of MessagePack that is no map by itself.
 */
export class ResultReader {
  readonly #format: PipeFormat;
  readonly #fields: readonly string[];
  readonly #bytesMax: number;
  #held: Buffer = Buffer.alloc(0);
  /** A line is too long, and has not ended yet. */
  #isSkipping = false;

  constructor({
    format,
    fields,
    bytesMax,
  }: {
    readonly format: PipeFormat;
    readonly fields: readonly string[];
    readonly bytesMax: number;
  }) {
    this.#format = format;
    this.#fields = fields;
    this.#bytesMax = bytesMax;
  }

  /** The records that are whole with this piece. */
  read(piece: Buffer): Result[] {
    const bytes = this.#held.length === 0 ? piece : Buffer.concat([this.#held, piece]);
    const results: Result[] = [];
    const end = this.#format === "msgpack" ? this.#values(bytes, results) : this.#lines(bytes, results);
    // A copy: the piece is part of a larger buffer.
    this.#held = Buffer.from(bytes.subarray(end));
    if (this.#held.length > this.#bytesMax) {
      this.#held = Buffer.alloc(0);
      this.#isSkipping = this.#format !== "msgpack";
      results.push({ refused: "length" });
    }
    return results;
  }

  #lines(bytes: Buffer, results: Result[]): number {
    let start = 0;
    for (let end = bytes.indexOf(NEWLINE, start); end >= 0; end = bytes.indexOf(NEWLINE, start)) {
      if (this.#isSkipping) this.#isSkipping = false;
      else if (end - start > this.#bytesMax) results.push({ refused: "length" });
      else this.#line(bytes.toString("utf8", start, end).replace(/\r$/, ""), results);
      start = end + 1;
    }
    return this.#isSkipping ? bytes.length : start;
  }

  #line(line: string, results: Result[]): void {
    if (line.trim() === "") return;
    if (this.#format === "tsv") {
      const cells = line.split("\t");
      results.push({ record: Object.fromEntries(this.#fields.map((name, at) => [name, at < cells.length ? cellText(cells[at]!) : null])) });
      return;
    }
    results.push(recordOf(() => JSON.parse(line)));
  }

  #values(bytes: Buffer, results: Result[]): number {
    let at = 0;
    while (at < bytes.length) {
      const end = skipMsgpack(bytes, at, bytes.length);
      if (end < 0) break;
      results.push(recordOf(() => new MsgpackReader(bytes.subarray(at, end)).value()));
      at = end;
    }
    return at;
  }
}

function recordOf(read: () => unknown): Result {
  try {
    const value = read();
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return { record: value as Row };
  } catch {
    // What a program prints beside its records is none.
  }
  return { refused: "format" };
}

const NEWLINE = 0x0a;
