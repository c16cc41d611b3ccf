import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { describeAction } from "../../../test/suites/action_suite.ts";
import { until } from "../../../test/suites/peer.ts";
import type { Action } from "../../component/index.ts";
import { Counters, type Log, msgpackOf, MsgpackReader, Steps, VirtualClock } from "../../kit/index.ts";
import { ForwardAction } from "./forward_action.ts";
import { ForwardPeer } from "./forward_peer.ts";
import { forward } from "./forward.ts";

const row = { key: "q 1", query: "block.flood", timeMs: 1_763_632_800_000, row: { host: "203.0.113.7" } };

/** A server of the Forward protocol that notes chunks and answers as the test says. */
class FakeServer {
  readonly chunks: string[] = [];
  readonly tags: string[] = [];
  connections = 0;
  answer: (chunk: string) => Buffer | "end" | "nothing" = (chunk) => msgpackOf({ ack: chunk });
  greeting: Buffer | undefined;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  port = 0;

  async listen(): Promise<this> {
    this.#server = createServer((socket) => this.#connected(socket)).listen(this.port, "127.0.0.1");
    await once(this.#server, "listening");
    const address = this.#server.address();
    this.port = typeof address === "object" && address !== null ? address.port : 0;
    return this;
  }

  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    server.close();
    this.drop();
    await once(server, "close");
  }

  /** Ends the connections there are. */
  drop(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  #connected(socket: Socket): void {
    this.connections++;
    this.#sockets.add(socket);
    socket.on("error", () => {});
    if (this.greeting !== undefined) socket.write(this.greeting);
    socket.on("data", (bytes: Buffer) => {
      const [tag, , option] = new MsgpackReader(bytes).value() as [string, string, { chunk?: string }];
      this.tags.push(tag);
      this.chunks.push(option.chunk ?? "none");
      const answer = this.answer(option.chunk ?? "");
      if (answer === "end") socket.destroy();
      else if (answer !== "nothing" && option.chunk !== undefined) socket.write(answer);
    });
  }
}

let clock: VirtualClock;
let said: string[];
let first: FakeServer;
let second: FakeServer;
let opened: Action[];
beforeEach(async () => {
  clock = new VirtualClock(0);
  said = [];
  first = await new FakeServer().listen();
  second = await new FakeServer().listen();
  opened = [];
});
afterEach(async () => {
  for (const action of opened) await action.close();
  await first.close();
  await second.close();
});

async function open(settings: Record<string, unknown> = {}): Promise<Action> {
  const say = (sentence: string): void =>
    void said.push(sentence.replaceAll(/127\.0\.0\.1:\d+/g, (at) => (at.endsWith(`:${first.port}`) ? "first" : "second")));
  const log: Log = { debug: () => {}, info: say, warn: say, error: say };
  const own = { name: "actions[0] (forward)", route: "forward ** 1", family: "forward **", folder: "/", dryRun: false };
  const config = forward.config(z).parse({ servers: [{ address: `127.0.0.1:${first.port}` }], ...settings });
  const action = await forward.open(config, { ...own, clock, steps: new Steps(clock), log, counters: new Counters() });
  expect(action).toBeInstanceOf(ForwardAction);
  opened.push(action);
  return action;
}

const both = (more: Record<string, unknown> = {}) => ({
  servers: [{ address: `127.0.0.1:${first.port}` }, { address: `127.0.0.1:${second.port}`, ...more }],
});

// A receiver knows a row that comes again by its chunk.
describeAction("forward", async () => ({
  definition: forward,
  settings: { servers: [{ address: `127.0.0.1:${first.port}` }] },
  row,
  complete: (context) => context,
  effects: () => [...new Set(first.chunks)],
}));

test("a row is sent when its server says that it has it, over a connection that stays", async () => {
  const action = await open({ tag: "norikra.query.${query}" });
  expect(await action.perform(row)).toBe(`sent a row of block.flood to 127.0.0.1:${first.port}, tagged norikra.query.block.flood`);
  await action.perform({ ...row, key: "q 2" });
  expect([first.connections, first.tags.length, new Set(first.chunks).size]).toEqual([1, 2, 2]);
  first.drop();
  await action.perform({ ...row, key: "q 3" });
  expect([first.connections, first.chunks.length, said]).toEqual([2, 3, []]);
});

test("one that ends the connection instead of acknowledging is asked again elsewhere, by the same chunk", async () => {
  first.answer = () => "end";
  const action = await open(both());
  await action.perform(row);
  expect(second.chunks).toEqual(first.chunks);
  expect(said).toEqual(["actions[0] (forward): first could not be sent to: it ended the connection."]);
  await action.perform({ ...row, key: "q 2" });
  expect([first.chunks.length, second.chunks.length]).toEqual([1, 2]);
});

test("a server on standby is sent to only while the other is down, which is looked at every now and then", async () => {
  const action = await open(both({ standby: true }));
  await action.perform(row);
  const { port } = first;
  await first.close();
  await action.perform({ ...row, key: "q 2" });
  expect([first.chunks.length, second.chunks.length]).toEqual([1, 1]);
  clock.advanceTo(10_000);
  await action.perform({ ...row, key: "q 3" });
  expect(second.chunks).toHaveLength(2);
  first.port = port;
  await first.listen();
  // The one look may be under way still when the clock moves.
  await until(() => {
    clock.advanceTo(clock.nowMs() + 10_000);
    return said.length === 2;
  });
  await action.perform({ ...row, key: "q 4" });
  expect([first.chunks.length, second.chunks.length]).toEqual([2, 2]);
  expect(said[1]).toBe("actions[0] (forward): first is there again.");
});

test("rows are shared out by weight", async () => {
  const action = await open(both({ weight: 20 }));
  for (let count = 0; count < 8; count++) await action.perform({ ...row, key: `q ${count}` });
  expect([first.chunks.length, second.chunks.length]).toEqual([6, 2]);
});

test("a server that does not answer within ack_timeout has not got the row, as far as we know", async () => {
  first.answer = () => "nothing";
  const action = await open();
  const performed = action.perform(row);
  performed.catch(() => {});
  await until(() => first.chunks.length === 1);
  clock.advanceTo(30_000);
  await expect(performed).rejects.toMatchObject({
    code: "HOTAKA_ACTION_FAILED",
    message: expect.stringContaining("it did not acknowledge the message within 30 seconds."),
  });
});

test.each([
  ["another chunk", () => msgpackOf({ ack: "other" }), "it acknowledged something else."],
  ["HELO", () => msgpackOf(["HELO", { nonce: "x" }]), "it asks for a key: set shared_key."],
  ["rubbish", () => Buffer.from([0xc1]), "it ended the connection."],
  ["something endless", () => Buffer.concat([Buffer.from([0xdb, 0, 1, 0, 0]), Buffer.alloc(70_000)]), "its answer is too long."],
])("a server that answers with %s is refused", async (_, answer, problem) => {
  first.answer = answer;
  const action = await open();
  const performed = action.perform(row);
  performed.catch(() => {});
  await until(() => first.chunks.length === 1);
  if (problem.includes("ended")) first.drop();
  await expect(performed).rejects.toThrow(`127.0.0.1:${first.port} could not be sent to: ${problem}`);
});

test("without ack nothing is waited for", async () => {
  const action = await open({ ack: false });
  await action.perform(row);
  await until(() => first.chunks.length === 1);
  expect(first.chunks).toEqual(["none"]);
});

test("a server that says no HELO is told from one that asks for a key", async () => {
  const options = { address: { host: "127.0.0.1", port: first.port }, tls: undefined, clock, connectTimeoutMs: 10_000, ackTimeoutMs: 1000 };
  const keys = { hostname: "me", sharedKey: "key", username: "", password: "" };
  const connecting = ForwardPeer.connect({ ...options, keys });
  connecting.catch(() => {});
  await until(() => first.connections === 1);
  await until(() => {
    clock.advanceTo(clock.nowMs() + 10_000);
    return clock.nowMs() > 100_000;
  });
  await expect(connecting).rejects.toThrow("it did not say HELO, so it asks for no key: leave out shared_key within 10 seconds.");
});

test("settings: a user wants a key, and files of TLS come in pairs", () => {
  const problems = (settings: Record<string, unknown>) =>
    forward
      .config(z)
      .safeParse({ servers: [{ address: "a:1" }], ...settings })
      .error?.issues.map(({ message }) => message);
  expect(problems({ username: "u", password: "p" })).toEqual(["a user is asked for only together with shared_key, which is missing."]);
  expect(problems({ username: "u", shared_key: "k" })).toEqual(["username and password go together."]);
  expect(problems({ tls: { cert: "c" } })).toEqual(["cert and key go together."]);
  expect(problems({ tls: {} })).toBeUndefined();
});
