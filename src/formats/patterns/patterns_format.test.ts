import { expect, test } from "vitest";
import { z } from "zod";
import { scanLines } from "../../../test/suites/scan_lines.ts";
import { patterns } from "./patterns.ts";

const sshd = patterns.config(z).parse({
  envelope: "syslog",
  program: "sshd|sshd-session",
  time_zone: "UTC",
  types: { port: "integer" },
  any_of: [
    { match: "^Failed \\S+ for (?<user>.*) from (?<host>\\S+) port (?<port>\\d+)", set: { event: "failed" } },
    { match: "^Accepted ", fields: { host: "from ([0-9.]+)", user: "for (\\S+)", whole: "ssh2" }, set: { event: "accepted", port: 22 } },
  ],
});
const NOW = Date.parse("2026-03-03T00:00:00Z");

function scan(config: typeof sshd, ...lines: string[]) {
  return scanLines(patterns.open(config), lines.map((line) => `${line}\n`).join(""), { timeMs: NOW });
}

test("the first pattern that fits gives its fields, those of the others are null", () => {
  const at = Date.parse("2026-03-02T04:00:00Z");
  const common = { at, time: at, server: "gate" };
  const { rows } = scan(
    sshd,
    "Mar  2 04:00:00 gate sshd[1]: Failed password for a b from 203.0.113.7 port 4000 ssh2",
    "Mar  2 04:00:00 gate sshd[1]: Accepted publickey for ann from 203.0.113.7 port 4000 ssh2",
  );
  expect(rows).toEqual([
    { ...common, user: "a b", host: "203.0.113.7", port: 4000, event: "failed", whole: null },
    { ...common, user: "ann", host: "203.0.113.7", port: 22, event: "accepted", whole: "ssh2" },
  ]);
});

test("fields stand where they are also behind letters of several bytes", () => {
  const { rows } = scan(sshd, "Mar  2 04:00:00 gate sshd[1]: Failed password for größe from 203.0.113.7 port 4000 ssh2");
  expect(rows).toMatchObject([{ user: "größe", host: "203.0.113.7", port: 4000 }]);
});

test.each([
  ["Mar  2 04:00:00 gate cron[1]: Failed password for root from 203.0.113.7 port 4000 ssh2", "program"],
  ["Mar  2 04:00:00 gate sshd-sessions[1]: Failed password for root from 203.0.113.7 port 4000 ssh2", "program"],
  ["Mar  2 04:00:00 gate sshd[1]: Server listening on 0.0.0.0 port 22.", "pattern"],
  [`Mar  2 04:00:00 gate sshd[1]: Failed password for ${"x".repeat(20_000)} from 203.0.113.7 port 1`, "long"],
  ["garbage", "time"],
  ["", "empty"],
])("%s is refused for its %s", (line, reason) => {
  expect(scan(sshd, line).refused.map((refusal) => refusal.reason)).toEqual([reason]);
});

test("a line of a container is opened, and a part of a long one is refused", () => {
  const envoy = patterns.config(z).parse({
    envelope: "cri",
    types: { code: "integer" },
    any_of: [{ match: "^\\{.*\\}$", fields: { code: '"code":(\\d+)', path: '"path":"([^"]*)"' } }],
  });
  const { rows, refused } = scan(
    envoy,
    '2026-03-02T04:00:00.250+09:00 stdout F {"path":"/a","code":404}',
    '2026-03-02T04:00:01Z stderr F {"code":200}',
    '2026-03-02T04:00:01Z stdout P {"code":2',
    "2026-03-02T04:00:01Z stdout",
  );
  expect(rows).toEqual([
    { at: Date.parse("2026-03-01T19:00:00.250Z"), time: Date.parse("2026-03-01T19:00:00.250Z"), code: 404, path: "/a" },
    { at: Date.parse("2026-03-02T04:00:01Z"), time: Date.parse("2026-03-02T04:00:01Z"), code: 200, path: null },
  ]);
  expect(refused.map(({ reason }) => reason)).toEqual(["part", "header"]);
});

test("without an envelope the time is a field like others", () => {
  const ftp = patterns.config(z).parse({
    time_format: "%a %b %e %H:%M:%S %Y",
    time_zone: "UTC",
    any_of: [{ match: "^(?<time>\\w+ \\w+ +\\d+ [\\d:]+ \\d+) FAIL" }],
  });
  const { rows, refused } = scan(ftp, "Mon Mar 2 04:00:00 2026 FAIL", "Xyz Abc 2 04:00:00 2026 FAIL");
  expect(rows).toEqual([{ at: Date.parse("2026-03-02T04:00:00Z"), time: Date.parse("2026-03-02T04:00:00Z") }]);
  expect(refused.map(({ reason }) => reason)).toEqual(["time"]);
});
