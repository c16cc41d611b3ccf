import { expect, test } from "vitest";
import { WebhookAction, WebhookBatches } from "./webhook_action.ts";

const BATCH = { rows_max: 100, bytes_max: 1 << 20, linger: 0, format: "ndjson" } as const;
const rows = ["q 1", "q 2"].map((key) => ({ key, query: "q", timeMs: 0, row: { key } }));

function noted() {
  const posted: (readonly unknown[])[] = [];
  const post = async (...said: readonly unknown[]): Promise<void> => void posted.push(said);
  return { posted, target: { post: { host: "example.com", post }, body: "message", dryRun: false } as const };
}

test("each row of a batch is the message that it is alone", async () => {
  const { posted, target } = noted();
  const alone = new WebhookAction(target);
  for (const row of rows) await alone.perform(row);
  await new WebhookBatches(target, BATCH).performAll(rows);
  const texts = posted.map(([, text]) => String(text));
  expect(texts[2]).toBe(`${texts[0]}\n${texts[1]}\n`);
  expect(new Set(posted.map(([id]) => id)).size).toBe(3);
});

test("a batch of which a row is missing has another id", async () => {
  const { posted, target } = noted();
  const batches = new WebhookBatches(target, BATCH);
  await batches.performAll(rows);
  await batches.performAll(rows.slice(1));
  await batches.performAll(rows);
  expect([posted[0]?.[0] === posted[2]?.[0], posted[0]?.[0] === posted[1]?.[0]]).toEqual([true, false]);
});

test("a dry run posts nothing", async () => {
  const { posted, target } = noted();
  const [first] = await new WebhookBatches({ ...target, dryRun: true }, BATCH).performAll(rows);
  expect([first, posted]).toEqual([expect.stringMatching(/^would post a row of q to example\.com as one of rows_/), []]);
});
