import { expect, test } from "vitest";
import { until } from "../../test/suites/peer.ts";
import { FakeSourceContext } from "../../test/suites/source_fakes.ts";
import { HotakaError } from "../kit/index.ts";
import { LineAppends } from "./line_appends.ts";
import { RefusalCounter } from "./refusal_counter.ts";
import { MemoryPool } from "./stream_buffer.ts";

function rig() {
  const context = new FakeSourceContext({ folder: "/" });
  const taken: string[] = [];
  const inbox = context.inbox("x", (record) => void taken.push(record.toString()));
  const flow: string[] = [];
  const refused = new RefusalCounter(context, "refused", "Refused.");
  const appends = new LineAppends(
    { context, inbox, refused, pool: new MemoryPool() },
    { pause: () => void flow.push("pause"), resume: () => void flow.push("resume") },
  );
  return { context, taken, inbox, flow, refused, appends };
}

test("lines are appended in order, and a stream with a megabyte on its way is held back", async () => {
  const { appends, inbox, flow, taken } = rig();
  inbox.isHeld = true;
  appends.append(Buffer.from("a\n"), undefined);
  appends.append(Buffer.alloc(1 << 20, "b"), undefined);
  expect(flow).toEqual(["pause"]);
  inbox.recover();
  await appends.settled;
  expect(taken.map((text) => text[0])).toEqual(["a", "b"]);
  expect(flow.at(-1)).toBe("resume");
});

test("a disk that fails is tried again, until the daemon stops", async () => {
  const { appends, inbox, context, taken, refused } = rig();
  inbox.refusal = new HotakaError("HOTAKA_JOURNAL_WRITE", "no space.");
  appends.append(Buffer.from("a\n"), undefined);
  await until(() => refused.total === 1);
  inbox.recover();
  context.clock.advanceTo(1000);
  await appends.settled;
  expect(taken).toEqual(["a\n"]);
  inbox.refusal = new HotakaError("HOTAKA_JOURNAL_WRITE", "no space.");
  appends.append(Buffer.from("b\n"), undefined);
  await until(() => refused.total === 2);
  await context.steps.stop();
  await appends.settled;
  expect(taken).toEqual(["a\n"]);
});

test("lines that the inbox can never take are dropped and counted, and the next are taken", async () => {
  const { appends, inbox, refused, taken } = rig();
  inbox.refusal = new HotakaError("HOTAKA_INBOX_RECORD", "larger than ever fits.");
  appends.append(Buffer.from("a\n"), undefined);
  await appends.settled;
  inbox.refusal = undefined;
  appends.append(Buffer.from("b\n"), undefined);
  await appends.settled;
  expect([taken, refused.total]).toEqual([["b\n"], 1]);
});
