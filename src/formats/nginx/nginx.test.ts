import { describe, expect, test } from "vitest";
import { z } from "zod";
import { formatSuite } from "../../../test/suites/format_suite.ts";
import { scanLines } from "../../../test/suites/scan_lines.ts";
import { nginx } from "./nginx.ts";

const NOON = "06/May/2024:12:00:00 +0000";
const NOON_MS = Date.parse("2024-05-06T12:00:00Z");
const config = nginx.config(z).parse({});

formatSuite(nginx, config, [
  `1.2.3.4 - - [${NOON}] "GET / HTTP/1.1" 200 5 "-" "ua"`,
  `2001:db8::1 - a b [${NOON}] "\\x16\\x03" 400 0 "http://x/" "a \\x22b\\x22"`,
]);

function scan(line: string, log_format?: string) {
  return scanLines(nginx.open(nginx.config(z).parse({ log_format })), `${line}\n`);
}

describe("the format that nginx has by itself", () => {
  const GOOD = `1.2.3.4 - frank [${NOON}] "GET /a?b HTTP/1.1" 200 777 "http://x/" "Mozilla/4.08 [en]"`;

  test("has the fields of the combined format, and the protocol", () => {
    expect(scan(GOOD).rows).toEqual([
      {
        at: NOON_MS,
        time: NOON_MS,
        host: "1.2.3.4",
        user: "frank",
        method: "GET",
        path: "/a?b",
        protocol: "HTTP/1.1",
        code: 200,
        size: 777,
        referer: "http://x/",
        agent: "Mozilla/4.08 [en]",
      },
    ]);
  });

  test.each([
    ["GET /a b c HTTP/1.1", "GET", "/a b c", "HTTP/1.1"],
    ["GET  /two  HTTP/1.1", "GET", "/two", "HTTP/1.1"],
    ["GET /", "GET", "/", null],
    ["-", null, null, null],
    ["", null, null, null],
    ["\\x16\\x03\\x01", "\\x16\\x03\\x01", null, null],
    ['GET /a\\"b HTTP/1.1', "GET", '/a\\"b', "HTTP/1.1"],
  ])("takes the request %j apart", (request, method, path, protocol) => {
    expect(scan(GOOD.replace("GET /a?b HTTP/1.1", request)).rows).toMatchObject([{ method, path, protocol, code: 200 }]);
  });

  test.each([
    ["-", null],
    ["a b", "a b"],
    [`x [${NOON}]`, `x [${NOON}]`],
    ["[01/Jan/2000:00:00:00 +0000]", "[01/Jan/2000:00:00:00 +0000]"],
  ])("reads the user %j, whatever it looks like, and never as the time", (written, user) => {
    expect(scan(GOOD.replace("frank", written)).rows).toMatchObject([{ user, time: NOON_MS, code: 200 }]);
  });

  test.each([
    ["", "empty"],
    ["garbage", "host"],
    ["1.2.3.4 - ", "user"],
    [GOOD.replace(NOON, "bad"), "time"],
    [GOOD.replace(' 200 777 "http://x/" "Mozilla/4.08 [en]"', ""), "request"],
    [GOOD.replace('" 200', '"200'), "request"],
    [GOOD.replace(' "http://x/"', ""), "referer"],
    [`${GOOD} extra`, "trailing"],
  ])("refuses %j for its %s", (line, reason) => {
    expect(scan(line).refused.map((refused) => refused.reason)).toEqual([reason]);
  });

  test("takes a last part that was cut as far as it goes", () => {
    expect(scan(GOOD.slice(0, -6)).rows).toMatchObject([{ agent: "Mozilla/4.08" }]);
  });

  test("takes a status that is no number for null, as Fluentd takes it for its text", () => {
    expect(scan(GOOD.replace(" 200 ", " abc ")).rows).toMatchObject([{ code: null }]);
  });
});

test("a directive of several strings is read as it stands", () => {
  const directive = `log_format  main  '$remote_addr [$time_iso8601] '\n    "\\"$request\\" \${status}"  ' $request_time';`;
  expect(scan('::1 [2024-05-06T12:00:00+00:00] "GET / HTTP/2.0" 404 0.25', directive).rows).toMatchObject([
    { host: "::1", time: NOON_MS, path: "/", code: 404, request_time: 0.25 },
  ]);
});

test("times of several upstream servers are one value", () => {
  const format = "$remote_addr $upstream_response_time $upstream_addr $status";
  expect(scan("::1 0.001, 0.002 : 0.5 10.0.0.1:80, 10.0.0.2:80 : 10.0.0.3:80 200", format).rows).toMatchObject([
    { upstream_response_time: "0.001, 0.002 : 0.5", upstream_addr: "10.0.0.1:80, 10.0.0.2:80 : 10.0.0.3:80", code: 200 },
  ]);
});

test("with escape=json a log of JSON lines is read by its own format", () => {
  const format = `log_format j escape=json '{"t":"$msec","u":"$remote_user","agent":"$http_user_agent"}';`;
  expect(scan('{"t":"1714996800.250","u":"","agent":"a \\"q\\" \\u65e5"}', format).rows).toEqual([
    { at: NOON_MS + 250, time: NOON_MS + 250, user: null, agent: 'a "q" 日' },
  ]);
});

test("no line takes more than time in proportion to its length", () => {
  const format = nginx.open(config);
  for (const hostile of [
    '"'.repeat(1 << 20),
    " - ".repeat(1 << 19),
    "\\".repeat(1 << 20),
    `1 - ${"[".repeat(1 << 20)}`,
    `1 - x [${NOON}] "${"\\".repeat(1 << 20)}`,
  ]) {
    const startMs = performance.now();
    scanLines(format, `${hostile}\n`);
    expect(performance.now() - startMs).toBeLessThan(500);
  }
});
