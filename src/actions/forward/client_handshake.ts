import { createHash, timingSafeEqual } from "node:crypto";
import { msgpackChildren, msgpackHeadLength, msgpackOf, MsgpackReader, msgpackTextHead, skipMsgpack } from "../../kit/index.ts";

/**
 * The handshake with a server that asks for a shared key, from the side of the client.
 *
 *     HELO = [ "HELO", { "nonce": bytes, "auth": salt, or "" where no user is asked for, "keepalive": bool } ]
 *     PING = [ "PING", own host, salt, sha512(salt own-host nonce shared-key), user, sha512(auth-salt user password) ]
 *     PONG = [ "PONG", true, "", server host, sha512(salt server-host nonce shared-key) ] | [ "PONG", false, reason, "", "" ]
 *
 * @see https://github.com/fluent/fluentd/wiki/Forward-Protocol-Specification-v1
 */
export interface ClientKeys {
  /** What the client calls itself. A server of that name is the client itself, and is refused. */
  readonly hostname: string;
  readonly sharedKey: string;
  readonly username: string;
  readonly password: string;
}

/** What a server asks with; any bytes. */
export interface Helo {
  readonly nonce: Buffer;
  /** Empty where no user is asked for. */
  readonly authSalt: Buffer;
}

/** Reads a whole value as HELO; undefined when it is something else. */
export function readHelo(bytes: Buffer): Helo | undefined {
  const { length } = bytes;
  if (((bytes[0] ?? 0) & 0xf0) !== 0x90 || msgpackChildren(bytes, 0) < 2) return undefined;
  const mapAt = skipMsgpack(bytes, 1, length);
  if (textAt(bytes, 1)?.toString() !== "HELO" || mapAt < 0) return undefined;
  let nonce: Buffer | undefined;
  let authSalt: Buffer = Buffer.alloc(0);
  let at = mapAt + msgpackHeadLength(bytes, mapAt, length);
  for (let left = msgpackChildren(bytes, mapAt) / 2; left >= 1; left--) {
    const valueAt = skipMsgpack(bytes, at, length);
    const key = textAt(bytes, at)?.toString();
    const value = textAt(bytes, valueAt);
    if (key === "nonce") nonce = value;
    else if (key === "auth") authSalt = value ?? authSalt;
    at = skipMsgpack(bytes, valueAt, length);
  }
  return nonce === undefined ? undefined : { nonce, authSalt };
}

/** The answer to HELO. `salt` is chosen anew for each connection. */
export function pingOf({ nonce, authSalt }: Helo, { hostname, sharedKey, username, password }: ClientKeys, salt: string): Buffer {
  const passwordDigest = authSalt.length === 0 ? "" : sha512(authSalt, username, password);
  return msgpackOf([
    "PING",
    hostname,
    salt,
    sha512(salt, hostname, nonce, sharedKey),
    authSalt.length === 0 ? "" : username,
    passwordDigest,
  ]);
}

/** Why the server of this PONG is not to be sent to, as a sentence without its end; undefined when all is well. */
export function whyNotServer(bytes: Buffer, { nonce }: Helo, { hostname, sharedKey }: ClientKeys, salt: string): string | undefined {
  const pong = new MsgpackReader(bytes).value();
  if (!Array.isArray(pong) || pong[0] !== "PONG") return "PONG was wanted, and something else came";
  const [, isIn, reason, server, digest] = pong as readonly unknown[];
  if (isIn !== true) return `it refused the key or the user${typeof reason === "string" && reason !== "" ? `: ${reason}` : ""}`;
  if (server === hostname) return `it calls itself ${hostname} as well, as if it were this daemon; give one of them another hostname`;
  const wanted = Buffer.from(sha512(salt, String(server), nonce, sharedKey));
  const found = Buffer.from(typeof digest === "string" ? digest : "");
  return found.length === wanted.length && timingSafeEqual(found, wanted) ? undefined : "it does not know the shared key";
}

function textAt(bytes: Buffer, at: number): Buffer | undefined {
  const head = at < 0 ? 0 : msgpackTextHead(bytes, at, bytes.length);
  const end = head === 0 ? -1 : skipMsgpack(bytes, at, bytes.length);
  return end < 0 ? undefined : bytes.subarray(at + head, end);
}

function sha512(...parts: readonly (Buffer | string)[]): string {
  const hash = createHash("sha512");
  for (const part of parts) hash.update(part);
  return hash.digest("hex");
}
