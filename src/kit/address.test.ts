import { describe, expect, test } from "vitest";
import { parseAddress, parseCidr } from "./address.ts";

const shown = (text: string): string | undefined => parseCidr(text)?.toString();

describe("parseAddress", () => {
  test.each([
    ["192.0.2.7", "192.0.2.7"],
    ["0.0.0.0", "0.0.0.0"],
    ["255.255.255.255", "255.255.255.255"],
    ["::", "::"],
    ["::1", "::1"],
    ["2001:DB8:0:0:0:0:0:1", "2001:db8::1"],
    ["2001:0db8:0000::0001", "2001:db8::1"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
    ["::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8"],
    ["1:0:0:2:0:0:0:3", "1:0:0:2::3"],
    ["1:0:0:2:3:0:0:4", "1::2:3:0:0:4"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
    ["ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
  ])("reads %s as %s", (text, canonical) => {
    expect(parseAddress(text)?.shown).toBe(canonical);
  });

  test.each(["::ffff:192.0.2.1", "::FFFF:c000:201", "0:0:0:0:0:ffff:192.0.2.1"])("unwraps the IPv4 address in %s", (text) => {
    expect(parseAddress(text)?.toString()).toBe("192.0.2.1/32");
  });

  test.each([
    ["", "nothing"],
    ["-", "the dash of a log"],
    ["192.0.2", "a short form"],
    ["192.0.2.1.5", "a fifth part"],
    ["192.0.2.256", "a part beyond 255"],
    ["192.0.2.01", "a leading zero, which some read as octal"],
    ["00.0.2.1", "a double zero"],
    ["0x7f.0.0.1", "hexadecimal"],
    ["3221225985", "a single number"],
    ["192.0.2.", "an empty part"],
    [" 192.0.2.1", "a blank before"],
    ["192.0.2.1\n", "a line end behind"],
    ["192.0.2.1:80", "a port"],
    ["[::1]", "brackets"],
    ["fe80::1%eth0", "a zone id"],
    ["1::2::3", "two gaps"],
    [":::", "three colons"],
    [":1:2:3:4:5:6:7", "a lone colon before"],
    ["1:2:3:4:5:6:7:", "a lone colon behind"],
    ["1:2:3:4:5:6:7:8:9", "nine groups"],
    ["1:2:3:4:5:6:7:8::", "a gap that stands for no group"],
    ["12345::", "a group of five digits"],
    ["::192.0.2.01", "a leading zero in the tail"],
    ["1:2:3:4:5:6:7:192.0.2.1", "a tail with no room"],
    ["::192.0.2.1:1", "a tail that is not the tail"],
    ["192.0.2.1/32", "a prefix"],
    ["１９２.0.2.1", "digits of another script"],
  ])("refuses %j: %s", (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });
});

describe("parseCidr", () => {
  test.each([
    ["192.0.2.9/24", "192.0.2.0/24"],
    ["192.0.2.9", "192.0.2.9/32"],
    ["192.0.2.9/0", "0.0.0.0/0"],
    ["2001:db8:feed:1::9/48", "2001:db8:feed::/48"],
    ["2001:db8::1", "2001:db8::1/128"],
    ["ffff::/0", "::/0"],
    ["::ffff:192.0.2.9/120", "192.0.2.0/24"],
    ["100.68.0.18/18", "100.68.0.0/18"],
  ])("reads %s as %s, host bits cleared", (text, canonical) => {
    expect(shown(text)).toBe(canonical);
  });

  test.each([
    "192.0.2.0/33",
    "192.0.2.0/",
    "192.0.2.0/024",
    "192.0.2.0/-1",
    "192.0.2.0/24/24",
    "192.0.2.0/2 4",
    "::/129",
    "/24",
    "192.0.2.0/1e1",
  ])("refuses %s", (text) => {
    expect(parseCidr(text)).toBeUndefined();
  });
});

describe("Cidr", () => {
  test("widens an address to the prefix that holds it, and leaves one that is wider already", () => {
    expect(parseCidr("2001:db8:1:2:3:4:5:6")?.widened(64).toString()).toBe("2001:db8:1:2::/64");
    expect(parseCidr("2001:db8::/48")?.widened(64).toString()).toBe("2001:db8::/48");
  });

  test("shows an address alone and a prefix with its length", () => {
    expect(parseCidr("203.0.113.7/32")?.shown).toBe("203.0.113.7");
    expect(parseCidr("203.0.113.0/24")?.shown).toBe("203.0.113.0/24");
  });
});
