import { expect, test } from "vitest";
import { scanLines } from "../../../test/suites/scan_lines.ts";
import { receivedSyslog } from "./received_syslog.ts";

const NOW = Date.parse("2026-03-01T00:00:00Z");

function scan(line: string) {
  return scanLines(receivedSyslog("UTC"), `${line}\n`, { timeMs: NOW });
}

test("a message has its fields and the address of who sent it", () => {
  const { rows } = scan("192.0.2.1 <34>1 2026-02-28T12:00:00Z web sshd 7 - - Failed password");
  expect(rows).toMatchObject([
    {
      at: NOW - 12 * 3_600_000,
      facility: 4,
      severity: 2,
      host: "web",
      ident: "sshd",
      pid: "7",
      message: "Failed password",
      source_address: "192.0.2.1",
    },
  ]);
});

test.each([
  ["<34>Use the BFG!", "Use the BFG!"],
  ["<189>123: *Mar  1 18:46:11: %SYS-5-CONFIG_I: Configured", "123: *Mar  1 18:46:11: %SYS-5-CONFIG_I: Configured"],
  ["<189>Foo: this is no time at all", "Foo: this is no time at all"],
  ["<13>1 2026-02-28T12:00:00Z cut off", "1 2026-02-28T12:00:00Z cut off"],
])("%s is a message of the time it came at", (message, text) => {
  const { rows } = scan(`192.0.2.1 ${message}`);
  expect(rows).toMatchObject([{ at: NOW, time: null, host: null, ident: null, message: text, source_address: "192.0.2.1" }]);
});

test.each([
  ["192.0.2.1 May  6 12:00:00 web sshd: x", "priority"],
  ["192.0.2.1 garbage", "priority"],
  ["192.0.2.1 <999>x", "priority"],
  ["192.0.2.1 ", "empty"],
  ["garbage", "empty"],
])("%j is refused for its %s", (line, reason) => {
  expect(scan(line)).toMatchObject({ rows: [], refused: [{ reason }] });
});
