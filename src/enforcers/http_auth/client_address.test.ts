import { expect, test } from "vitest";
import { parseCidr } from "../../kit/index.ts";
import { ClientAddress } from "./client_address.ts";

const PROXIES = ["127.0.0.0/8", "::1", "10.0.0.0/24"].map((text) => parseCidr(text)!);

function clientOf(peer: string, forwarded?: string | string[]): string | undefined {
  return new ClientAddress(PROXIES, "X-Forwarded-For").of(peer, forwarded === undefined ? {} : { "x-forwarded-for": forwarded })?.address;
}

test.each<[string, string | string[], string | undefined]>([
  ["one address", "203.0.113.7", "203.0.113.7"],
  ["what the client wrote before it", "192.0.2.1, 203.0.113.7", "203.0.113.7"],
  ["what the client wrote of us", "127.0.0.1, 203.0.113.7", "203.0.113.7"],
  ["proxies of ours behind it", "203.0.113.7, 10.0.0.9, 10.0.0.8", "203.0.113.7"],
  ["rubbish of the client before it", "<script>, ::::, 203.0.113.7", "203.0.113.7"],
  ["two headers", ["192.0.2.1", "203.0.113.7"], "203.0.113.7"],
  ["a port", "203.0.113.7:51234", "203.0.113.7"],
  ["IPv6 with a port", "[2001:db8::7]:51234", "2001:db8::7"],
  ["IPv6", "2001:db8::7", "2001:db8::7"],
  ["an IPv4 address as IPv6", "::ffff:203.0.113.7", "203.0.113.7"],
  ["nothing but proxies of ours", "10.0.0.9, 127.0.0.1", undefined],
  ["no address in the place of the client", "203.0.113.7, unknown", undefined],
  ["nothing", "", undefined],
])("of a proxy's header with %s, %j gives %s", (_, header, client) => {
  expect(clientOf("127.0.0.1", header)).toBe(client);
});

test("a peer that is no proxy of ours is the client, whatever it writes", () => {
  expect(clientOf("198.51.100.9", "203.0.113.7")).toBe("198.51.100.9");
  expect(clientOf("::ffff:198.51.100.9", "203.0.113.7")).toBe("198.51.100.9");
});

test("a proxy that says nothing leaves the client unknown", () => {
  expect(clientOf("::ffff:127.0.0.1")).toBeUndefined();
  expect(new ClientAddress(PROXIES, "X-Real-IP").of(undefined, {})).toBeUndefined();
});

test("a chain without end is not followed", () => {
  expect(clientOf("127.0.0.1", `203.0.113.7${", 10.0.0.1".repeat(1000)}`)).toBeUndefined();
});
