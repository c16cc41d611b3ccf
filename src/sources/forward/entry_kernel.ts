import { MSGPACK_FIXED_BYTES } from "../../kit/index.ts";
import type { MsgpackNarrowing } from "../../event/index.ts";
import { ENTRY_KERNEL_WASM } from "./entry_kernel_wasm.ts";

/**
 * Copies entries without what nobody asks for by WebAssembly, as long as they are of the shape of the one before: 40 ns for an entry of 223 bytes
 * where the way through `MsgpackNarrowing`, which goes wherever this one stops, takes 110.
 */
export class EntryKernel {
  /** Bytes that the copies take that the last call made. */
  copyBytes = 0;
  readonly #kernel = newKernel();
  readonly #memory: Buffer;
  readonly #view: DataView;
  #shape: MsgpackNarrowing | undefined;
  #shapeVersion = -1;
  #shapeKeys = 0;

  constructor() {
    const { memory } = this.#kernel;
    this.#memory = Buffer.from(memory.buffer);
    this.#view = new DataView(memory.buffer);
    this.#memory.set(MSGPACK_FIXED_BYTES);
  }

  /**
   * Copies entries from `[start, end)` of `bytes` to `copy` at `at`, of the shape that `narrowing` met last. Gives where those end that were
   * copied: up to 16 KiB, or the first that is of another shape. As many bytes need to have room.
   */
  narrow(bytes: Buffer, start: number, end: number, narrowing: MsgpackNarrowing, copy: Buffer, at: number): number {
    this.copyBytes = 0;
    const { shapeKeys } = narrowing;
    if (shapeKeys === undefined || !this.#knows(narrowing, shapeKeys)) return start;
    const length = Math.min(end - start, BLOCK_BYTES);
    bytes.copy(this.#memory, ENTRIES_AT, start, start + length);
    const taken = this.#kernel.narrow(length, shapeKeys);
    this.copyBytes = this.#view.getInt32(COPIES_END_AT, true) - COPIES_AT;
    this.#memory.copy(copy, at, COPIES_AT, COPIES_AT + this.copyBytes);
    return start + taken;
  }

  /** Writes the shape down, where it is another one. False where it has keys that are too long. */
  #knows(narrowing: MsgpackNarrowing, count: number): boolean {
    if (narrowing === this.#shape && narrowing.shapeVersion === this.#shapeVersion && count === this.#shapeKeys) return true;
    this.#shape = undefined;
    for (let index = 0; index < count; index++) {
      const { bytes, isKept } = narrowing.keyAt(index);
      if (bytes.length === 0 || bytes.length > WORD * 2) return false;
      const at = KEYS_AT + index * KEY_BYTES;
      this.#memory.fill(0, at, at + KEY_BYTES);
      for (const [place, byte] of bytes.entries()) {
        const word = at + (place < WORD ? 0 : WORD * 2) + (place % WORD);
        this.#memory[word] = 0xff;
        this.#memory[word + WORD] = byte;
      }
      this.#view.setInt32(at + WORD * 4, bytes.length, true);
      this.#view.setInt32(at + WORD * 4 + 4, isKept ? 1 : 0, true);
    }
    this.#shape = narrowing;
    this.#shapeVersion = narrowing.shapeVersion;
    this.#shapeKeys = count;
    return true;
  }
}

/** See entry_kernel.wat. */
interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer };
  narrow(length: number, count: number): number;
}

/** What is used of it; the types of Node leave it out. */
declare const WebAssembly: {
  Module: new (code: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: Kernel };
};

function newKernel(): Kernel {
  return new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(ENTRY_KERNEL_WASM, "base64"))).exports;
}

const WORD = 8;
const KEYS_AT = 256;
const KEY_BYTES = 40;
const COPIES_END_AT = 2816;
const ENTRIES_AT = 4096;
const BLOCK_BYTES = 16_384;
const COPIES_AT = 24_576;
