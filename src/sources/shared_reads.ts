import { type OnReadOpts, Socket, type SocketConstructorOpts } from "node:net";

/**
 * Has what comes over a plain connection read into one memory that all such connections share, and hands it to `take`, where it is good until
 * that returns. False, and nothing is done, where this Node does not offer it: then bytes come as `data`.
 *
 * Node makes a buffer of 64 KiB for each read, which the system has to clear and the collector to find again, and by then it is no longer
 * in the processor's cache: a tenth of what an event of the forward protocol costs. It spares that to a socket that connects, by `onread`,
 * and to one that a server accepted it does not, though both read the same way. So what `onread` sets up is looked up in a socket that was made
 * with it, and set up in this one. These are inner parts of Node, the same in versions 20, 22 and 24; each of them is asked for before one is used.
 */
export function readShared(socket: Socket, take: (bytes: Buffer) => void): boolean {
  parts ??= partsOf(new Socket(MODEL));
  const handle = readingHandleOf(socket);
  if (parts === "none" || handle === undefined) return false;
  memory ??= Buffer.allocUnsafeSlow(MEMORY_BYTES);
  const shared = memory;
  Object.defineProperties(socket, {
    [parts.buffer]: own(shared),
    // What it is to be read into next is always the same.
    [parts.next]: own(null),
    [parts.callback]: own((length: number) => {
      take(shared.subarray(0, length));
      return true;
    }),
  });
  handle.useUserBuffer(shared);
  socket.resume();
  return true;
}

/** Where a socket keeps what `onread` says. */
interface OnreadParts {
  readonly buffer: symbol;
  readonly callback: symbol;
  readonly next: symbol;
}

function partsOf(model: Socket): OnreadParts | "none" {
  const named = (name: string): symbol | undefined => Object.getOwnPropertySymbols(model).find(({ description }) => description === name);
  const [buffer, callback, next] = [named("kBuffer"), named("kBufferCb"), named("kBufferGen")];
  return buffer === undefined || callback === undefined || next === undefined ? "none" : { buffer, callback, next };
}

interface ReadingHandle {
  useUserBuffer(memory: Uint8Array): void;
}

function readingHandleOf(socket: object): ReadingHandle | undefined {
  const handle: unknown = Reflect.get(socket, "_handle");
  return isReadingHandle(handle) ? handle : undefined;
}

function isReadingHandle(handle: unknown): handle is ReadingHandle {
  return typeof handle === "object" && handle !== null && "useUserBuffer" in handle && typeof handle.useUserBuffer === "function";
}

/** As an assignment would make it. */
function own(value: unknown): PropertyDescriptor {
  return { value, writable: true, enumerable: true, configurable: true };
}

const MODEL: SocketConstructorOpts & { readonly onread: OnReadOpts } = { onread: { buffer: Buffer.alloc(1), callback: () => true } };
/** Looked up once. */
let parts: OnreadParts | "none" | undefined;
/** Made when it is first needed, for all connections: one is read after the other, and each is done with it by then. */
let memory: Buffer | undefined;
/** In the second of the processor's caches; with a quarter of it there are four times as many reads and acknowledgements of TCP. */
const MEMORY_BYTES = 1 << 18;
