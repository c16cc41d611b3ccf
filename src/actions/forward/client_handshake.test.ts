import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { msgpackOf } from "../../kit/index.ts";
import { pingOf, readHelo, whyNotServer } from "./client_handshake.ts";

const keys = { hostname: "me", sharedKey: "key", username: "user", password: "secret" };
const NONCE = Buffer.from([0xff, 0xfe, 0x00, 0x80]);
const helo = { nonce: NONCE, authSalt: Buffer.alloc(0) };

function sha512(...parts: (Buffer | string)[]): string {
  return parts.reduce((hash, part) => hash.update(part), createHash("sha512")).digest("hex");
}

function heloOf(nonce: Buffer, head: readonly number[]): Buffer {
  const text = msgpackOf("HELO");
  const rest = Buffer.concat([
    msgpackOf("nonce"),
    Buffer.from(head),
    nonce,
    msgpackOf("auth"),
    msgpackOf("salt"),
    msgpackOf("keepalive"),
    msgpackOf(true),
  ]);
  return Buffer.concat([Buffer.from([0x92]), text, Buffer.from([0x83]), rest]);
}

test("the bytes of a nonce are kept, as str and as bin", () => {
  for (const head of [[0xa4], [0xc4, 4], [0xd9, 4]]) {
    expect(readHelo(heloOf(NONCE, head))).toEqual({ nonce: NONCE, authSalt: Buffer.from("salt") });
  }
});

test.each([
  ["nothing", Buffer.alloc(0)],
  ["another array", msgpackOf(["PONG", true])],
  ["HELO without a map", msgpackOf(["HELO", "x"])],
  ["HELO without a nonce", msgpackOf(["HELO", { auth: "" }])],
  ["an acknowledgement", msgpackOf({ ack: "x" })],
])("%s is no HELO", (_, bytes) => {
  expect(readHelo(bytes)).toBeUndefined();
});

test("a PING proves the key, and the user where one is asked for", () => {
  expect(pingOf(helo, keys, "salt")).toEqual(msgpackOf(["PING", "me", "salt", sha512("salt", "me", NONCE, "key"), "", ""]));
  const asked = { nonce: NONCE, authSalt: Buffer.from("as") };
  expect(pingOf(asked, keys, "salt")).toEqual(
    msgpackOf(["PING", "me", "salt", sha512("salt", "me", NONCE, "key"), "user", sha512("as", "user", "secret")]),
  );
});

test("a server must prove the key, and not be ourselves", () => {
  const why = (pong: Parameters<typeof msgpackOf>[0]): string | undefined => whyNotServer(msgpackOf(pong), helo, keys, "salt");
  expect(why(["PONG", true, "", "you", sha512("salt", "you", NONCE, "key")])).toBeUndefined();
  expect(why(["PONG", true, "", "you", sha512("salt", "you", NONCE, "other")])).toBe("it does not know the shared key");
  expect(why(["PONG", true, "", "me", sha512("salt", "me", NONCE, "key")])).toContain("give one of them another hostname");
  expect(why(["PONG", false, "no such key", "", ""])).toBe("it refused the key or the user: no such key");
  expect(why({ ack: "x" })).toBe("PONG was wanted, and something else came");
});
