import { setImmediate } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { Counter, type HotakaError, silentLog, VirtualClock } from "../../kit/index.ts";
import { PoolChild, type PoolChildOptions } from "./pool_child.ts";

const children: PoolChild[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) await child.close();
});

function start(script: string, more: Partial<PoolChildOptions> = {}) {
  const [clock, restarts, keys] = [new VirtualClock(0), new Counter(), [] as (string | undefined)[]];
  const child = new PoolChild({
    name: "a child",
    run: [process.execPath, "-e", script],
    folder: "/",
    environment: {},
    clock,
    log: silentLog,
    restarts,
    restartWaitMaxMs: 1000,
    stopWaitMs: 60_000,
    answers: "each",
    answerTimeoutMs: 60_000,
    settleWaitMs: 1000,
    out: { format: "json", fields: [], bytesMax: 1024 },
    result: async (_, key) => void keys.push(key),
    said: () => {},
    ready: () => {},
    ...more,
  });
  children.push(child);
  return { child, clock, restarts, keys };
}

const line = Buffer.from('{"a":1}\n');

test("answers are told apart by the order of the rows, a line that is no record being an answer too", async () => {
  const { child, keys } = start(
    `let n = 0; require("node:readline").createInterface({ input: process.stdin }).on("line", () => console.log(n++ === 1 ? "no" : "{}"))`,
  );
  await Promise.all(["a", "b", "c"].map(async (key) => child.deliver(key, line)));
  expect(keys).toEqual(["a", "b", "c"]);
});

test("a word that a program prints is no answer of MessagePack", async () => {
  const script = `process.stdin.once("data", () => { process.stdout.write("ready"); process.stdout.write(Buffer.from([0x80])); })`;
  const { child, keys } = start(script, { out: { format: "msgpack", fields: [], bytesMax: 1024 } });
  await child.deliver("a", line);
  expect(keys.filter((key) => key !== undefined)).toEqual(["a"]);
});

test("a program that ends is started again after a wait that grows, and is not ready meanwhile", async () => {
  const { child, clock, restarts } = start("process.exit(1)");
  const end = async (): Promise<void> => {
    while (child.isReady) await setImmediate();
  };
  await end();
  expect(child.trouble).toMatch(/^it ended with status 1; it is started again in/);
  await expect(child.deliver("a", line)).rejects.toThrow("the program did not take the row");
  clock.advanceTo(1000);
  expect([child.isReady, restarts.value]).toEqual([true, 1]);
  await end();
});

test("rows that are given back are told why, and are not waited for any more", async () => {
  const { child } = start("process.stdin.resume()");
  const delivering = child.deliver("a", line);
  child.giveBack(Object.assign(new Error("later"), { code: "HOTAKA_STOPPING" }) as HotakaError);
  await expect(delivering).rejects.toThrow("later");
});
