import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { forward as forwardAction } from "../../src/actions/forward/forward.ts";
import type { Action, Source } from "../../src/component/index.ts";
import { Counters, silentLog, Steps, wallClock } from "../../src/kit/index.ts";
import { forward as forwardSource } from "../../src/sources/forward/forward.ts";
import { makeCertificate } from "../suites/certificate.ts";
import { portOf } from "../suites/peer.ts";
import { FakeSourceContext } from "../suites/source_fakes.ts";

const row = { key: "q 1", query: "block.flood", timeMs: 1_763_632_800_123, row: { host: "203.0.113.7", requests: 2n ** 60n } };

let folder: string;
let context: FakeSourceContext;
let source: Source;
let action: Action | undefined;
beforeEach(() => {
  folder = mkdtempSync(`${tmpdir()}/hotaka-pair-`);
  context = new FakeSourceContext({ folder });
  action = undefined;
});
afterEach(async () => {
  await action?.close();
  await source.close();
  rmSync(folder, { recursive: true });
});

/** A source and an action that sends to it, as two daemons have them. */
async function pair(ofSource: Record<string, unknown>, ofAction: Record<string, unknown>): Promise<Action> {
  source = await forwardSource.open(forwardSource.config(z).parse({ listen: "127.0.0.1:0", ...ofSource }), context);
  const config = forwardAction.config(z).parse({ servers: [{ address: `127.0.0.1:${portOf(source)}` }], ...ofAction });
  const own = { name: "actions[0] (forward)", route: "forward ** 1", family: "forward **", folder, dryRun: false };
  const counters = new Counters();
  action = await forwardAction.open(config, { ...own, clock: wallClock, steps: new Steps(wallClock), log: silentLog, counters });
  return action;
}

const keys = { shared_key: "key", users: [{ name: "hotaka", password: "secret" }], hostname: "server" };

test.each([
  ["plainly", {}, {}],
  ["compressed", {}, { compress: "gzip" }],
  ["with a key", { shared_key: "key" }, { shared_key: "key" }],
  ["with a key and a user", keys, { shared_key: "key", username: "hotaka", password: "secret", hostname: "client" }],
])("a row comes as the event it is, once, %s", async (_, ofSource, ofAction) => {
  const { perform } = bound(await pair(ofSource, ofAction));
  await perform(row);
  await perform(row);
  expect(context.events("block_flood")).toEqual([{ at: 1_763_632_800_123, host: "203.0.113.7", requests: 2n ** 60n }]);
  expect(context.counted("forward_chunks_repeated")).toBe(1);
});

test("a batch is one message for each tag, all of them acknowledged, and is known when it comes again", async () => {
  const rows = [1, 2, 3].map((n) => ({ ...row, key: `q ${n}`, row: { n, tag: n === 2 ? "b" : "a" } }));
  const sending = await pair({}, { tag: "rows_${tag}" });
  const said = await sending.performAll?.(rows);
  expect(said?.map((sentence) => sentence.split(", ")[1])).toEqual(["tagged rows_a", "tagged rows_b", "tagged rows_a"]);
  await sending.performAll?.(rows);
  expect(context.events("rows_a").map(({ n }) => n)).toEqual([1, 3]);
  expect(context.events("rows_b").map(({ n }) => n)).toEqual([2]);
  expect(context.counted("forward_chunks_repeated")).toBe(2);
});

test("a row comes over TLS, and not to a server whose certificate is not trusted", async ({ skip }) => {
  const made = makeCertificate(folder);
  if (made === undefined) return skip("openssl is not installed");
  const trusting = await pair(
    { tls: made, ...keys },
    { tls: { ca: made.cert }, shared_key: "key", username: "hotaka", password: "secret" },
  );
  await trusting.perform(row);
  expect(context.events("block_flood")).toHaveLength(1);
  await trusting.close();
  await source.close();
  const doubting = await pair({ tls: made }, { tls: {} });
  await expect(doubting.perform({ ...row, key: "q 2" })).rejects.toThrow(/could not be sent to: self-signed certificate/);
});

test.each([
  ["another key", { shared_key: "key" }, { shared_key: "other" }, "it refused the key or the user: shared key or user is not known here."],
  ["another user", keys, { shared_key: "key", username: "hotaka", password: "wrong" }, "it refused the key or the user"],
  ["no key", { shared_key: "key" }, {}, "it asks for a key: set shared_key."],
  ["its own name", { shared_key: "key", hostname: "x" }, { shared_key: "key", hostname: "x" }, "it calls itself x as well"],
])("a sender with %s is told why it is refused", async (_, ofSource, ofAction, problem) => {
  const { perform } = bound(await pair(ofSource, ofAction));
  await expect(perform(row)).rejects.toThrow(problem);
  expect(context.events("block_flood")).toEqual([]);
});

function bound(of: Action): { perform: Action["perform"] } {
  return { perform: (each) => of.perform(each) };
}
