import { expect, test } from "vitest";
import type { Notice } from "../../notices/index.ts";
import { WebhookChannel } from "./webhook_channel.ts";

const AT_MS = Date.parse("2026-11-21T10:00:00Z");
const NOTICE: Notice = {
  id: "n1",
  subject: "block_host",
  query: "block.flood",
  group: "block.flood",
  rows: 2,
  fromMs: AT_MS - 1000,
  toMs: AT_MS,
  items: [
    {
      text: "host 203.0.113.7",
      rows: 2,
      address: "203.0.113.7",
      decided: ["It is blocked."],
      undo: "hotaka unblock 203.0.113.7",
      offers: "unblock",
    },
  ],
  more: 3,
  unacknowledgedMs: undefined,
  acknowledge: undefined,
};

test("a notice is posted whole, by an id that is its own in its route", async () => {
  const posted: (readonly [string, unknown])[] = [];
  const post = { host: "hooks.example.com", post: async (id: string, text: string) => void posted.push([id, JSON.parse(text)]) };
  const sentence = await new WebhookChannel(post, "webhook ** 1").send(NOTICE);
  await new WebhookChannel(post, "webhook ** 2").send(NOTICE);
  const [[id, message], [other]] = posted as [(typeof posted)[number], (typeof posted)[number]];
  expect(sentence).toBe(`posted "block_host" to hooks.example.com as ${id}`);
  expect(other).not.toBe(id);
  expect(message).toEqual({
    type: "hotaka.notice",
    timestamp: "2026-11-21T10:00:00.000Z",
    data: {
      subject: "block_host",
      query: "block.flood",
      group: "block.flood",
      rows: 2,
      from: "2026-11-21T09:59:59.000Z",
      to: "2026-11-21T10:00:00.000Z",
      items: [
        {
          text: "host 203.0.113.7",
          rows: 2,
          address: "203.0.113.7",
          decided: ["It is blocked."],
          undo: "hotaka unblock 203.0.113.7",
        },
      ],
      more: 3,
    },
  });
});
