import { expect, test } from "vitest";
import { z } from "zod";
import { formatSuite } from "../../../test/suites/format_suite.ts";
import { scanLines } from "../../../test/suites/scan_lines.ts";
import { apache } from "./apache.ts";

const NOON = "06/May/2024:12:00:00 +0000";
const NOON_MS = Date.parse("2024-05-06T12:00:00Z");

formatSuite(apache, apache.config(z).parse({}), [
  `www.example.com:443 1.2.3.4 - - [${NOON}] "GET / HTTP/1.1" 200 5 "-" "ua"`,
  `www.example.com:443 1.2.3.4 - a b [${NOON}] "GET / HTTP/1.1" 200 - "-" "ua \\"q\\""`,
]);

function scan(line: string, log_format: string) {
  return scanLines(apache.open(apache.config(z).parse({ log_format })), `${line}\n`);
}

test("a virtual host in front and a duration behind are read by the format that has them", () => {
  const format = 'LogFormat "%v:%p %a %l %u %t \\"%r\\" %>s %O %D \\"%{X-Forwarded-For}i\\"" main';
  expect(scan(`example.com:443 ::1 - frank [${NOON}] "GET /a HTTP/1.1" 200 5 1234 "10.0.0.1"`, format).rows).toEqual([
    {
      at: NOON_MS,
      time: NOON_MS,
      vhost: "example.com",
      port: 443,
      host: "::1",
      ident: null,
      user: "frank",
      method: "GET",
      path: "/a",
      protocol: "HTTP/1.1",
      code: 200,
      size: 5,
      duration_us: 1234,
      http_x_forwarded_for: "10.0.0.1",
    },
  ]);
});

test.each(["common", "combined", "vhost_combined"])("%s is known by its name", (name) => {
  const behind = name === "common" ? "" : ' "-" "ua"';
  const before = name === "vhost_combined" ? "h:80 " : "";
  expect(scan(`${before}1.2.3.4 - - [${NOON}] "GET / HTTP/1.1" 200 5${behind}`, name).rows).toMatchObject([{ host: "1.2.3.4", size: 5 }]);
});

test("epochs are times too", () => {
  expect(scan("1714996800250 GET 12", "%{msec}t %m %{ms}T").rows).toEqual([
    { at: NOON_MS + 250, time: NOON_MS + 250, method: "GET", duration_ms: 12 },
  ]);
});
