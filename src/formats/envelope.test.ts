import { expect, test } from "vitest";
import { emptyOpened, ENVELOPES } from "./envelope.ts";

test.each([
  ["none", "a message", { message: "a message" }],
  ["syslog", "Mar  2 04:00:00 gate sshd[1]: x", { time: "Mar  2 04:00:00", server: "gate", program: "sshd", message: "x" }],
  ["syslog", "<38>1 2026-03-02T04:00:00Z - sshd - - -", { time: "2026-03-02T04:00:00Z", program: "sshd", message: "" }],
  ["cri", "2026-03-02T04:00:00Z stdout F a b", { time: "2026-03-02T04:00:00Z", message: "a b" }],
  ["cri", "2026-03-02T04:00:00Z stdout F:x ", { time: "2026-03-02T04:00:00Z", message: "" }],
] as const)("%s around %j holds %j", (name, line, parts) => {
  const [bytes, opened] = [Buffer.from(line), emptyOpened()];
  expect(ENVELOPES[name]().open(bytes, 0, bytes.length, opened)).toBeUndefined();
  const part = (start: number, end: number) => (end < 0 ? undefined : bytes.toString("utf8", start, end));
  expect({
    time: part(opened.timeStart, opened.timeEnd),
    server: part(opened.serverStart, opened.serverEnd),
    program: part(opened.programStart, opened.programEnd),
    message: part(opened.messageStart, bytes.length),
  }).toEqual({ time: undefined, server: undefined, program: undefined, ...parts });
});

test.each([
  ["none", "", "empty"],
  ["syslog", "x", "time"],
  ["cri", "", "empty"],
  ["cri", "a b", "header"],
  ["cri", "a b c", "header"],
  ["cri", "a b X c", "header"],
  ["cri", "a b P c", "part"],
] as const)("%s does not open %j: %s", (name, line, reason) => {
  const bytes = Buffer.from(line);
  expect(ENVELOPES[name]().open(bytes, 0, bytes.length, emptyOpened())).toBe(reason);
});
