import { createHash, timingSafeEqual } from "node:crypto";
import { msgpackChildren, msgpackHeadLength, msgpackOf, msgpackTextHead, skipMsgpack } from "../../kit/index.ts";

/**
 * The handshake of a server that asks for a shared key. The server speaks first.
 *
 *     HELO = [ "HELO", { "nonce": bin, "auth": salt as bin, or "" where no user is asked for, "keepalive": true } ]
 *     PING = [ "PING", client host, salt, sha512(salt client-host nonce shared-key), user, sha512(auth-salt user password) ]
 *     PONG = [ "PONG", true, "", server host, sha512(salt server-host nonce shared-key) ]
 *          | [ "PONG", false, reason, "", "" ]
 *
 * Digests are of the bytes joined together, in lower-case hexadecimal digits. Ours are bin, as Fluentd has them and some clients want them,
 * and of digits, so that it makes no difference to others, who read them as text; those of a client may be any bytes, as str or as bin.
 */
export interface HandshakeKeys {
  /** What the server calls itself. A client refuses one that has its own name. */
  readonly hostname: string;
  readonly sharedKey: string;
  /** Passwords by user; undefined where none is asked for. */
  readonly passwords: ReadonlyMap<string, string> | undefined;
}

/** What this connection is asked with: each at most 255 characters. */
export interface Challenge {
  readonly nonce: string;
  readonly authSalt: string;
}

export function heloOf({ passwords }: HandshakeKeys, { nonce, authSalt }: Challenge): Buffer {
  const auth = passwords === undefined ? msgpackOf("") : bin(authSalt);
  const parts = [msgpackOf("nonce"), bin(nonce), msgpackOf("auth"), auth, msgpackOf("keepalive"), msgpackOf(true)];
  return Buffer.concat([Buffer.from([0x92]), msgpackOf("HELO"), Buffer.from([0x83]), ...parts]);
}

function bin(text: string): Buffer {
  return Buffer.concat([Buffer.from([0xc4, text.length]), Buffer.from(text)]);
}

/** What is answered to a PING, and whether it lets the client in. `reason` is for the log; the client is told no more than it must know. */
export function answerPing(ping: Buffer, keys: HandshakeKeys, challenge: Challenge): { readonly pong: Buffer; readonly reason?: string } {
  const parts = textsOf(ping);
  if (parts?.length !== 6 || parts[0]?.toString() !== "PING") return refused("it is no PING of six texts");
  const [, client, salt, keyDigest, user, passwordDigest] = parts as [Buffer, Buffer, Buffer, Buffer, Buffer, Buffer];
  const digest = (host: Buffer | string): Buffer => sha512(salt, host, challenge.nonce, keys.sharedKey);
  if (!isSame(keyDigest, digest(client))) return refused("the shared key is another one");
  if (keys.passwords !== undefined) {
    const password = keys.passwords.get(user.toString());
    // Who is not known takes as long to be refused as who is.
    const wanted = sha512(challenge.authSalt, user, password ?? "");
    if (!isSame(passwordDigest, wanted) || password === undefined) return refused("the user or the password is another one");
  }
  return { pong: msgpackOf(["PONG", true, "", keys.hostname, digest(keys.hostname).toString()]) };
}

function refused(reason: string): { readonly pong: Buffer; readonly reason: string } {
  return { pong: msgpackOf(["PONG", false, "shared key or user is not known here", "", ""]), reason };
}

function sha512(...parts: (Buffer | string)[]): Buffer {
  const hash = createHash("sha512");
  for (const part of parts) hash.update(part);
  return Buffer.from(hash.digest("hex"));
}

function isSame(left: Buffer, right: Buffer): boolean {
  return left.length === right.length && timingSafeEqual(left, right);
}

/** The items of an array of texts, as their bytes; undefined for anything else. */
function textsOf(bytes: Buffer): Buffer[] | undefined {
  const head = bytes[0] ?? 0;
  if ((head & 0xf0) !== 0x90) return undefined;
  const texts: Buffer[] = [];
  let at = msgpackHeadLength(bytes, 0, bytes.length);
  for (let left = msgpackChildren(bytes, 0); left > 0; left--) {
    const textHead = msgpackTextHead(bytes, at, bytes.length);
    const end = skipMsgpack(bytes, at, bytes.length);
    if (textHead === 0 || end < 0) return undefined;
    texts.push(bytes.subarray(at + textHead, end));
    at = end;
  }
  return texts;
}
