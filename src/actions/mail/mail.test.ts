import { expect, test } from "vitest";
import { z } from "zod";
import { describeAction } from "../../../test/suites/action_suite.ts";
import { openDesk } from "../../../test/suites/notice_desk.ts";
import { mail } from "./mail.ts";

const NOW_MS = Date.parse("2026-11-20T10:00:00Z");
const row = { key: "block.flood 1", query: "block.flood", timeMs: NOW_MS, row: { host: "203.0.113.7", agent: "<script>ä" } };

describeAction("mail", async (log, clock) => {
  const desk = await openDesk(clock, log);
  return {
    definition: mail,
    settings: { to: ["ops@example.com"] },
    row,
    complete: (context) => ({ ...context, ...desk }),
    effects: desk.gathered,
  };
});

test.each([
  [{ to: [] }, "to"],
  [{ to: ["nobody"] }, "a mail address such as"],
  [{ to: ["a@b\r\nBcc: c@d"] }, "a mail address such as"],
  [{ to: ["a@b"], user: "x" }, "one of user and password was found"],
])("settings %j are refused", (settings, sentence) => {
  expect(JSON.stringify(mail.config(z).safeParse(settings).error?.issues)).toContain(sentence);
});
