import { describe, expect, test } from "vitest";
import { z } from "zod";
import { formatSuite } from "../../../test/suites/format_suite.ts";
import { scanLines } from "../../../test/suites/scan_lines.ts";
import { syslog } from "./syslog.ts";

const config = syslog.config(z).parse({ time_zone: "UTC" });
const format = syslog.open(config);
const NONE = Object.fromEntries(Object.keys(format.fields).map((name) => [name, null]));
const NOW = Date.parse("2026-03-01T00:00:00Z");

formatSuite(syslog, config, [
  "<6>Feb 28 12:00:00 192.168.0.1 fluentd[11111]: [error] Syslog test",
  '<16>1 2017-02-06T13:14:15.003Z 192.168.0.1 fluentd 11111 ID24224 [a@1 k="v \\"]\\""][b@1] Hi',
  "2024-05-06T12:00:00+09:00 web sshd: x",
]);

function scan(line: string) {
  return scanLines(format, `${line}\n`, { timeMs: NOW });
}

function at(iso: string) {
  return { at: Date.parse(iso), time: Date.parse(iso) };
}

describe("beside Fluentd's syslog parser", () => {
  const FLUENTD = { host: "192.168.0.1", ident: "fluentd" };

  test.each([
    [
      "Feb 28 12:00:00 192.168.0.1 fluentd[11111]: [error] Syslog test",
      { ...FLUENTD, pid: "11111", message: "[error] Syslog test" },
      "2026-02-28T12:00:00Z",
    ],
    [
      "<6>Feb 28 12:00:00 192.168.0.1 fluentd[11111]: [error] Syslog test",
      { ...FLUENTD, pri: 6, facility: 0, severity: 6, pid: "11111", message: "[error] Syslog test" },
      "2026-02-28T12:00:00Z",
    ],
    ["Feb  5 17:32:18 10.0.0.99 Use the BFG!", { host: "10.0.0.99", ident: "Use", message: "the BFG!" }, "2026-02-05T17:32:18Z"],
    [
      '<16>1 2017-02-06T13:14:15.003Z 192.168.0.1 fluentd 11111 ID24224 [exampleSDID@20224 iut="3" eventSource="Application" eventID="11211"] Hi',
      {
        ...FLUENTD,
        pri: 16,
        facility: 2,
        severity: 0,
        pid: "11111",
        msgid: "ID24224",
        message: "Hi",
        extradata: '[exampleSDID@20224 iut="3" eventSource="Application" eventID="11211"]',
      },
      "2017-02-06T13:14:15.003Z",
    ],
  ])("%s reads the same", (line, fields, time) => {
    expect(scan(line).rows).toEqual([{ ...NONE, ...fields, ...at(time) }]);
  });

  test("a dash, which it keeps, is null", () => {
    expect(scan("<16>1 2017-02-06T13:14:15.003Z 192.168.0.1 fluentd - - - Hi, from Fluentd!").rows).toEqual([
      { ...NONE, ...FLUENTD, pri: 16, facility: 2, severity: 0, message: "Hi, from Fluentd!", ...at("2017-02-06T13:14:15.003Z") },
    ]);
  });

  test("a time without a fraction, at which it breaks, is a time", () => {
    expect(scan("<16>1 2017-02-06T13:14:15Z 192.168.0.1 fluentd - - - nosub").rows).toMatchObject([at("2017-02-06T13:14:15Z")]);
  });
});

test.each([
  [
    "May  6 12:00:00 web sshd[12]: Failed password for root",
    { host: "web", ident: "sshd", pid: "12", message: "Failed password for root" },
  ],
  ["May  6 12:00:00 sshd[12]: from /dev/log", { ident: "sshd", pid: "12", message: "from /dev/log" }],
  ["May  6 12:00:00 web kernel: [1.5] x: y", { host: "web", ident: "kernel", message: "[1.5] x: y" }],
  ["May  6 12:00:00 web postfix/smtpd[7]: x", { host: "web", ident: "postfix/smtpd", pid: "7", message: "x" }],
  ["May  6 12:00:00 web", { host: "web", message: "" }],
  ["2025-05-06T21:00:00.000000+09:00 web sshd[12]: x", { host: "web", ident: "sshd", pid: "12", message: "x" }],
  ["1 2025-05-06T12:00:00Z - - - - -", {}],
  ["1 2025-05-06T12:00:00Z - - - - - \ufeff日本", { message: "日本" }],
  ['1 2025-05-06T12:00:00Z h a - - [x y="\\]"]', { host: "h", ident: "a", extradata: '[x y="\\]"]' }],
])("%s is read", (line, fields) => {
  expect(scan(line).rows).toEqual([{ ...NONE, ...fields, ...at("2025-05-06T12:00:00Z") }]);
});

test("a line without a time of its own that says none is of the time it was read at", () => {
  expect(scan("<13>1 - h a - - - m").rows).toMatchObject([{ at: NOW, time: null, message: "m" }]);
});
