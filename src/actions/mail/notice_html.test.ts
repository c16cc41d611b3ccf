import { expect, test } from "vitest";
import type { Notice } from "../../notices/index.ts";
import { noticeHtml } from "./notice_html.ts";

const notice: Notice = {
  id: "n1",
  subject: "a < b",
  query: "block.flood",
  group: "block.flood",
  rows: 3,
  fromMs: 0,
  toMs: 0,
  items: [
    {
      text: '<img src="x">',
      rows: 3,
      address: "203.0.113.7",
      decided: ["203.0.113.7 is blocked & enforced."],
      undo: "hotaka unblock 203.0.113.7",
      offers: "unblock",
    },
  ],
  more: 4,
  unacknowledgedMs: undefined,
  acknowledge: "hotaka notify ack n1",
};

test("all of a notice is there, and what rows hold is text", () => {
  const html = noticeHtml(notice);
  for (const part of [
    "<title>a &lt; b</title>",
    "&lt;img src=&quot;x&quot;&gt; <b>3 times</b>",
    "<br>203.0.113.7 is blocked &amp; enforced.",
    "<code>hotaka unblock 203.0.113.7</code>",
    "and 4 more.",
    "<code>hotaka notify ack n1</code>",
  ])
    expect(html).toContain(part);
  expect(html).not.toContain("<img");
});
