import { expect, test } from "vitest";
import { z } from "zod";
import { formatSuite } from "../../../test/suites/format_suite.ts";
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

formatSuite(patterns, sshd, [
  "Mar  2 04:00:00 gate sshd[1]: Failed password for root from 203.0.113.7 port 4000 ssh2",
  "2026-03-02T04:00:00Z gate sshd-session: Accepted password for ann from 203.0.113.7 port 4000 ssh2",
  "<38>1 2026-03-02T04:00:00Z gate sshd 7 - - Failed none for ünß from 203.0.113.7 port 4000 ssh2",
]);

test.each([
  [{ any_of: [] }, "any_of"],
  [{ any_of: [{ match: "(" }] }, "it is no regular expression"],
  [{ any_of: [{ match: "a" }], program: "(" }, "it is no regular expression"],
  [{ any_of: [{ match: "a" }], envelope: "letter" }, "envelope"],
])("settings %j are refused", (settings, sentence) => {
  expect(JSON.stringify(patterns.config(z).safeParse(settings).error?.issues)).toContain(sentence);
});
