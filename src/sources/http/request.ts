import type { IncomingMessage } from "node:http";
import { formatSize, HotakaError, messageOf } from "../../kit/index.ts";
import type { Compression } from "../decompressed.ts";
import type { BodyType } from "./body_events.ts";
import type { SentBody } from "./body_log.ts";

/** A request that is not taken: the status of its answer, a word for the counter, and what to tell the sender. */
export class Refusal extends Error {
  readonly status: number;
  readonly reason: string;

  constructor(status: number, reason: string, message: string) {
    super(message);
    this.status = status;
    this.reason = reason;
  }
}

/** Why a request failed, whatever was thrown; a defect of ours is none of the sender's business. */
export function refusalOf(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown;
  const known = thrown instanceof HotakaError ? REFUSALS.get(thrown.code) : undefined;
  if (known === undefined)
    return new Refusal(500, "defect", "it could not be taken because of a defect here; the log of the daemon has the reason");
  return new Refusal(known.status, known.reason, messageOf(thrown).replace(/\.$/, ""));
}

/** Memory for bodies, of all requests together. */
export interface BodyMemory {
  readonly bodyBytesMax: number;
  readonly bufferBytesMax: number;
  heldBytes: number;
}

/**
 * Reads a request to its end. `target` is where all goes; without it the path has to say the tag. Its bytes count as held in `memory` until they are
 * given back by the caller. Throws a Refusal, with nothing held.
 */
export async function readRequest(request: IncomingMessage, target: string | undefined, memory: BodyMemory): Promise<SentBody> {
  if (request.method !== "POST") throw new Refusal(405, "method", "POST was wanted");
  const tag = target ?? tagOf(request.url ?? "/");
  const type = bodyType(request.headers["content-type"]);
  const compression = compressionOf(request.headers["content-encoding"]);
  return { tag, type, compression, bytes: await readBody(request, memory) };
}

async function readBody(request: IncomingMessage, memory: BodyMemory): Promise<Buffer> {
  const { bodyBytesMax, bufferBytesMax } = memory;
  const tooLarge = (): Refusal => new Refusal(413, "size", `the body is larger than ${formatSize(bodyBytesMax)} (body_bytes_max)`);
  if (Number(request.headers["content-length"] ?? 0) > bodyBytesMax) throw tooLarge();
  const pieces: Buffer[] = [];
  let length = 0;
  try {
    await new Promise<void>((resolve, reject) => {
      request.on("data", (piece: Buffer) => {
        length += piece.length;
        memory.heldBytes += piece.length;
        pieces.push(piece);
        if (length > bodyBytesMax) reject(tooLarge());
        else if (memory.heldBytes > bufferBytesMax) reject(new Refusal(503, "memory", "too much is being sent at once (buffer_bytes_max)"));
      });
      request.once("end", resolve);
      request.once("close", () => reject(new Refusal(400, "cut", "the connection ended before the body did")));
    });
    return Buffer.concat(pieces, length);
  } catch (thrown) {
    // The answer still goes out; the rest is not read.
    request.removeAllListeners("data").pause();
    memory.heldBytes -= length;
    throw thrown;
  }
}

/** `/web/access?x=1` as `web.access`. */
function tagOf(url: string): string {
  const path = url.split("?", 1)[0]!.replaceAll(/^\/+|\/+$/g, "");
  if (path === "") throw new Refusal(404, "path", "the path names no tag; POST /TAG was wanted");
  try {
    return decodeURIComponent(path.replaceAll("/", "."));
  } catch {
    throw new Refusal(404, "path", "the path names no tag");
  }
}

function bodyType(header: string | undefined): BodyType {
  const type = (header ?? "application/json").split(";", 1)[0]!.trim().toLowerCase();
  const known = TYPES.get(type);
  if (known === undefined) {
    throw new Refusal(415, "type", "application/json, application/x-ndjson, text/ltsv or application/msgpack was wanted as Content-Type");
  }
  return known;
}

function compressionOf(header: string | undefined): Compression | undefined {
  const encoding = (header ?? "identity").trim().toLowerCase();
  if (encoding === "identity") return undefined;
  if (encoding === "gzip" || encoding === "x-gzip") return "gzip";
  if (encoding === "deflate" || encoding === "zstd") return encoding;
  throw new Refusal(415, "encoding", "gzip, deflate, zstd or none was wanted as Content-Encoding");
}

const TYPES: ReadonlyMap<string, BodyType> = new Map([
  ["application/json", "json"],
  // What `curl -d` says unless it is told otherwise.
  ["application/x-www-form-urlencoded", "json"],
  ["application/x-ndjson", "ndjson"],
  ["application/ndjson", "ndjson"],
  ["application/jsonl", "ndjson"],
  ["text/ltsv", "ltsv"],
  ["application/x-ltsv", "ltsv"],
  ["application/msgpack", "msgpack"],
  ["application/x-msgpack", "msgpack"],
  ["application/vnd.msgpack", "msgpack"],
]);

const REFUSALS: ReadonlyMap<string, { readonly status: number; readonly reason: string }> = new Map([
  ["HOTAKA_INBOX_FULL", { status: 503, reason: "full" }],
  ["HOTAKA_INBOX_RECORD", { status: 413, reason: "size" }],
  ["HOTAKA_JOURNAL_WRITE", { status: 503, reason: "disk" }],
  ["HOTAKA_STOPPING", { status: 503, reason: "stopping" }],
]);
