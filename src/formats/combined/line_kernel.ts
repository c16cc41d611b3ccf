import { LINE_KERNEL_WASM } from "./line_kernel_wasm.ts";

/** Memory that is laid out as line_kernel.wat says, and what works on it. */
export interface LineMemory {
  readonly buffer: ArrayBuffer;
  readonly kernel: LineKernel | undefined;
}

/** Without a kernel where the processor has no vectors of 16 bytes. */
export function newLineMemory(): LineMemory {
  const code = Buffer.from(LINE_KERNEL_WASM, "base64");
  if (!WebAssembly.validate(code)) return lineMemoryAlone();
  kernelModule ??= new WebAssembly.Module(code);
  const kernel = new WebAssembly.Instance(kernelModule).exports;
  return { buffer: kernel.memory.buffer, kernel };
}

/** Without a kernel: every line is read by TypeScript. */
export function lineMemoryAlone(): LineMemory {
  return { buffer: new ArrayBuffer(MEMORY_BYTES), kernel: undefined };
}

/** See line_kernel.wat. */
export interface LineKernel {
  readonly memory: { readonly buffer: ArrayBuffer };
  /** Finds the marks of the first `length` bytes of the stretch; `base` is where these bytes stand in what they were copied from. */
  mark(length: number, base: number): number;
  /** Reads usual lines into rows. Returns where the first line begins that is none, or has no mark or no row any more. */
  read(start: number, mark: number, marks: number, row: number, rows: number, shift: number): number;
}

/** What is used of it; the types of Node leave it out. */
declare const WebAssembly: {
  validate(code: Uint8Array): boolean;
  Module: new (code: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: LineKernel };
};

let kernelModule: object | undefined;

/** Enough for the calls around a batch not to count, and little enough for its bytes to be in the processor's cache still when columns are filled. */
export const LINE_ROWS_MAX = 2048;
/** So many bytes are searched for marks at once; what a batch does not come to read of them is searched again. */
export const STRETCH_BYTES = 1 << 14;

/** Where things stand in the memory. */
export const STOPPED_AT = 48;
export const TIMES_AT = 64;
export const CODES_AT = 16_448;
export const SIZES_AT = 32_832;
export const HOSTS_AT = 49_216;
export const USERS_AT = 65_600;
export const REQUESTS_AT = 81_984;
export const REFERERS_AT = 98_368;
export const AGENTS_AT = 114_752;
/** From where each part of the rows begins to where it ends. */
export const ENDS = LINE_ROWS_MAX * Int32Array.BYTES_PER_ELEMENT;
export const STRETCH_AT = 131_136;
export const MARKS_AT = 147_584;
const MEMORY_BYTES = 4 * 65_536;
