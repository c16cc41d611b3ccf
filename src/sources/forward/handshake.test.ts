import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { msgpackOf, MsgpackReader, type MsgpackValue } from "../../kit/index.ts";
import { answerPing, type HandshakeKeys, heloOf } from "./handshake.ts";

const CHALLENGE = { nonce: "0123456789abcdef", authSalt: "fedcba9876543210" };
const KEYS: HandshakeKeys = { hostname: "server", sharedKey: "key", passwords: new Map([["user", "password"]]) };
const WITHOUT_USERS: HandshakeKeys = { ...KEYS, passwords: undefined };

function sha512(...parts: (string | Buffer)[]): string {
  return createHash("sha512")
    .update(Buffer.concat(parts.map((part) => Buffer.from(part))))
    .digest("hex");
}

function read(bytes: Buffer): MsgpackValue {
  return new MsgpackReader(bytes).value();
}

const KEY_DIGEST = sha512("salt", "client", CHALLENGE.nonce, "key");
const PASSWORD_DIGEST = sha512(CHALLENGE.authSalt, "user", "password");

test("HELO carries nonce and salt as bin, and an empty text where no user is asked for", () => {
  expect(read(heloOf(KEYS, CHALLENGE))).toEqual(["HELO", { nonce: CHALLENGE.nonce, auth: CHALLENGE.authSalt, keepalive: true }]);
  expect(read(heloOf(WITHOUT_USERS, CHALLENGE))).toEqual(["HELO", { nonce: CHALLENGE.nonce, auth: "", keepalive: true }]);
  expect(heloOf(KEYS, CHALLENGE).includes(Buffer.from([0xc4, 16]))).toBe(true);
});

test("who knows key, user and password is let in, and told that the server knows the key", () => {
  const { pong, reason } = answerPing(msgpackOf(["PING", "client", "salt", KEY_DIGEST, "user", PASSWORD_DIGEST]), KEYS, CHALLENGE);
  expect(reason).toBe(undefined);
  expect(read(pong)).toEqual(["PONG", true, "", "server", sha512("salt", "server", CHALLENGE.nonce, "key")]);
});

test("a salt of any bytes is taken byte for byte", () => {
  const salt = Buffer.from([0xff, 0x00, 0x80, 0xc1]);
  const digest = sha512(salt, "client", CHALLENGE.nonce, "key");
  const texts = [msgpackOf("PING"), msgpackOf("client"), Buffer.from([0xa4]), salt, msgpackOf(digest), msgpackOf(""), msgpackOf("")];
  const { pong, reason } = answerPing(Buffer.concat([Buffer.from([0x96]), ...texts]), WITHOUT_USERS, CHALLENGE);
  expect(reason).toBe(undefined);
  expect(read(pong)).toEqual(["PONG", true, "", "server", sha512(salt, "server", CHALLENGE.nonce, "key")]);
});

describe("who does not is refused, and told no more than that", () => {
  test.each<[string, MsgpackValue]>([
    [
      "the shared key is another one",
      ["PING", "client", "salt", sha512("salt", "client", CHALLENGE.nonce, "other"), "user", PASSWORD_DIGEST],
    ],
    ["the shared key is another one", ["PING", "client", "salt", "", "user", PASSWORD_DIGEST]],
    ["the user or the password is another one", ["PING", "client", "salt", KEY_DIGEST, "user", sha512(CHALLENGE.authSalt, "user", "x")]],
    ["the user or the password is another one", ["PING", "client", "salt", KEY_DIGEST, "nobody", sha512(CHALLENGE.authSalt, "nobody", "")]],
    ["the user or the password is another one", ["PING", "client", "salt", KEY_DIGEST, "", ""]],
    ["it is no PING of six texts", ["PING", "client", "salt", KEY_DIGEST]],
    ["it is no PING of six texts", ["PONG", "client", "salt", KEY_DIGEST, "user", PASSWORD_DIGEST]],
    ["it is no PING of six texts", ["PING", 1, "salt", KEY_DIGEST, "user", PASSWORD_DIGEST]],
    ["it is no PING of six texts", { PING: 1 }],
    ["it is no PING of six texts", null],
  ])("%s: %j", (wanted, ping) => {
    const { pong, reason } = answerPing(msgpackOf(ping), KEYS, CHALLENGE);
    expect(reason).toBe(wanted);
    expect(read(pong)).toEqual(["PONG", false, "shared key or user is not known here", "", ""]);
  });
});
