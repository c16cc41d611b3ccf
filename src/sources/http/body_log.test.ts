import { gzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { FakeSourceContext } from "../../../test/suites/source_fakes.ts";
import { BodyLog, type SentBody } from "./body_log.ts";

const JSON_BODY: SentBody = { tag: "t", type: "json", compression: undefined, bytes: Buffer.from('{"a":1}') };

function opened(run = "1"): { context: FakeSourceContext; log: BodyLog } {
  const context = new FakeSourceContext({ folder: "/" });
  return { context, log: new BodyLog({ context, key: "http", run, target: undefined, decompressedBytesMax: 100 }) };
}

test("a body is answered when it is safe and its events are taken", async () => {
  const { context, log } = opened();
  expect(await log.append(JSON_BODY)).toEqual({ events: 1, refused: 0, problem: undefined });
  expect([log.events, context.events("t").length]).toEqual([1, 1]);
});

test("a compressed body is kept as it came, and one that grows beyond its bound is refused and counted", async () => {
  const { context, log } = opened();
  expect(await log.append({ ...JSON_BODY, compression: "gzip", bytes: gzipSync('{"a":1}') })).toMatchObject({ events: 1 });
  const bomb = await log.append({ ...JSON_BODY, compression: "gzip", bytes: gzipSync(Buffer.alloc(10_000, " ")) });
  expect(bomb).toMatchObject({ events: 0, refused: 1 });
  expect(context.counted("http_events_refused")).toBe(1);
});

test("what waits for nobody, as after a restart, is taken all the same", async () => {
  const before = opened();
  const records: Buffer[] = [];
  const inbox = before.context.inboxes.get("http")!;
  const append = inbox.append.bind(inbox);
  inbox.append = (record, arrivedMs) => {
    records.push(Buffer.from(record));
    return append(record, arrivedMs);
  };
  await before.log.append(JSON_BODY);
  const after = opened("2");
  for (const record of records) await after.context.inboxes.get("http")!.append(record, 5);
  expect(after.log.events).toBe(1);
});
