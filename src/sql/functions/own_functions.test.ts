import { describe, expect, test } from "vitest";
import { valueOf } from "../cases/one_event.ts";

describe("addresses", () => {
  test.each([
    ["cidr(host, 24)", "192.0.2.77", "192.0.2.0/24"],
    ["cidr(host, 24, 64)", "2001:db8:0:1::5", "2001:db8:0:1::/64"],
    ["cidr(host, 24)", "nobody", null],
    ["prefix64(host)", "192.0.2.77", "192.0.2.77"],
    ["prefix64(host)", "2001:db8:0:1::5", "2001:db8:0:1::/64"],
    ["in_cidr(host, '10.0.0.0/8', '2001:db8::/32')", "10.1.2.3", true],
    ["in_cidr(host, '10.0.0.0/8', '2001:db8::/32')", "2001:db8::1", true],
    ["in_cidr(host, '10.0.0.0/8')", "11.1.2.3", false],
    ["in_cidr(host, '10.0.0.0/8')", "-", null],
  ])("%s of %s", (expression, host, value) => {
    expect(valueOf(expression, { host })).toBe(value);
  });

  test("a prefix that is none is refused when the query is registered", () => {
    expect(() => valueOf("in_cidr(host, '10.0.0.0/80')")).toThrow(/"10.0.0.0\/80" is not a prefix/);
  });
});

describe("texts and URLs", () => {
  test.each([
    ["regexp_extract(path, '^/blog/([0-9]+)')", "/blog/17/x", "17"],
    ["regexp_extract(path, 'b.')", "/blog", "bl"],
    ["regexp_extract(path, '(b)(l)', 2)", "/blog", "l"],
    ["regexp_extract(path, '(b)(l)', 7)", "/blog", null],
    ["regexp_extract(path, 'zzz')", "/blog", null],
    ["url_decode(path)", "/a%2Fb+c%zz%e3%81%82", "/a/b c%zz\u3042"],
    ["url_decode(path)", "%ff", "\ufffd"],
    ["parse_url(path, 'path')", "/a/b?c=d#e", "/a/b"],
    ["parse_url(path, 'QUERY')", "/a/b?c=d&e=f#g", "c=d&e=f"],
    ["parse_url(path, 'QUERY', 'e')", "/a/b?c=d&e=f%20g", "f g"],
    ["parse_url(path, 'QUERY', 'x')", "/a/b?c=d", null],
    ["parse_url(path, 'HOST')", "http://me:pw@Example.com:8080/a", "example.com"],
    ["parse_url(path, 'HOST')", "/a", null],
    ["parse_url(path, 'USERINFO')", "http://me:pw@example.com/", "me:pw"],
  ])("%s of %s", (expression, path, value) => {
    expect(valueOf(expression, { path })).toBe(value);
  });

  test.each([
    ["Mozilla/5.0 (X11) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36 Edg/126.0", "Edge"],
    ["Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Googlebot"],
    ["curl/8.5.0", "curl"],
    ["python-requests/2.32", "python-requests"],
    ["Mozilla/5.0 zgrab/0.x", "Other"],
    ["() { :; }; echo", "Other"],
  ])("user_agent_family of %s", (agent, family) => {
    expect(valueOf("user_agent_family(agent)", { agent })).toBe(family);
  });

  test("entropy is 0 for one character and grows with their variety", () => {
    expect(valueOf("entropy(path)", { path: "aaaa" })).toBe(0);
    expect(valueOf("entropy(path)", { path: "abab" })).toBe(1);
    expect(valueOf("entropy(path)", { path: "" })).toBe(0);
    expect(valueOf("entropy(path)", { path: "0123456789abcdef" })).toBeCloseTo(4, 10);
  });
});
