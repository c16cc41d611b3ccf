import { expect, test } from "vitest";
import type { Notice } from "../../notices/index.ts";
import { parseButtonValue, slackMessage } from "./message.ts";

const item = {
  text: "host 203.0.113.7 <!channel>",
  rows: 3,
  address: "203.0.113.7",
  decided: ["203.0.113.7 is blocked for good."],
  undo: "hotaka unblock 203.0.113.7",
  offers: "unblock",
} as const;
const notice: Notice = {
  id: "n1",
  subject: "block_host",
  query: "block.flood",
  group: "block.flood",
  rows: 3,
  fromMs: 0,
  toMs: 0,
  items: [item],
  more: 0,
  unacknowledgedMs: undefined,
  acknowledge: "hotaka notify ack n1",
};

test("a message has a button under each thing that one can act on, and none where nobody listens", () => {
  const { blocks } = slackMessage(notice, { hasButtons: true, mention: undefined });
  expect(blocks).toMatchObject([
    { type: "header", text: { text: "block_host" } },
    { type: "section" },
    { accessory: { type: "button", value: "unblock 203.0.113.7", action_id: "hotaka_unblock", confirm: {} } },
    { accessory: { value: "acknowledge n1" } },
  ]);
  expect(JSON.stringify(slackMessage(notice, { hasButtons: false, mention: undefined }))).not.toContain("accessory");
});

test("a row can neither mention anybody nor dress its text", () => {
  const text = JSON.stringify(slackMessage(notice, { hasButtons: true, mention: undefined }));
  expect(text).not.toContain("<!channel>");
  expect(text).toContain("&lt;!channel&gt;");
  expect(JSON.stringify(slackMessage(notice, { hasButtons: true, mention: "<!here>" }))).toContain('"<!here> 3 rows');
});

test("a message keeps to what Slack takes: 50 blocks of 3,000 characters", () => {
  const many = {
    ...notice,
    subject: "s".repeat(2000),
    items: Array.from({ length: 100 }, () => ({ ...item, text: "x".repeat(5000) })),
    more: 7,
  };
  const { blocks, text } = slackMessage(many, { hasButtons: true, mention: undefined });
  expect(blocks.length).toBeLessThanOrEqual(50);
  expect(text.length).toBeLessThanOrEqual(3000);
  const texts = blocks.map((block) => (block["text"] as { text: string }).text);
  expect(Math.max(...texts.map((each) => each.length))).toBeLessThanOrEqual(3000);
  expect(texts[0]).toHaveLength(150);
  expect(texts.at(-2)).toContain("and 62 more.");
});

test.each([
  ["unblock 203.0.113.7", { act: "unblock", of: "203.0.113.7" }],
  ["approve 2001:db8::/64", { act: "approve", of: "2001:db8::/64" }],
  ["acknowledge n17", { act: "acknowledge", of: "n17" }],
  ["drop everything", undefined],
  ["unblock a b", undefined],
  ["", undefined],
])("the value %j of a button means %j", (text, meaning) => {
  expect(parseButtonValue(text)).toEqual(meaning);
});
