import { createSocket } from "node:dgram";
import { once } from "node:events";
import { gzipSync } from "node:zlib";
import { FluentClient } from "@fluent-org/logger";
import fluentLogger from "fluent-logger";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { Peer, portOf, until } from "../../../test/suites/peer.ts";
import { FakeSourceContext } from "../../../test/suites/source_fakes.ts";
import type { Source } from "../../component/index.ts";
import { HotakaError, msgpackOf, type MsgpackValue } from "../../kit/index.ts";
import { forward } from "./forward.ts";

let context: FakeSourceContext;
let sources: Source[];
let peers: Peer[];
beforeEach(() => {
  context = new FakeSourceContext({ folder: "/", nowMs: 1_000_000 });
  sources = [];
  peers = [];
});
afterEach(async () => {
  for (const peer of peers) peer.close();
  for (const source of sources) await source.close();
});

async function open(settings: Record<string, unknown> = {}): Promise<number> {
  const config = forward.config(z).parse({ listen: "127.0.0.1:0", ...settings });
  const source = await forward.open(config, context);
  sources.push(source);
  return portOf(source);
}

async function connect(port: number): Promise<Peer> {
  const peer = await Peer.connect(port);
  peers.push(peer);
  return peer;
}

/** Bytes of a str32, as Fluentd sends packed entries. */
function packed(entries: readonly MsgpackValue[], change: (bytes: Buffer) => Buffer = (bytes) => bytes): Buffer {
  const bytes = change(Buffer.concat(entries.map((entry) => msgpackOf(entry))));
  const head = Buffer.from([0xdb, 0, 0, 0, 0]);
  head.writeUInt32BE(bytes.length, 1);
  return Buffer.concat([head, bytes]);
}

function message(tag: string, body: Buffer, options: MsgpackValue): Buffer {
  return Buffer.concat([Buffer.from([0x93]), msgpackOf(tag), body, msgpackOf(options)]);
}

const ENTRIES: MsgpackValue[] = [
  [1000, { host: "a", code: 200 }],
  [1001, { host: "b", code: 404 }],
];
const EVENTS = [
  { at: 1_000_000, host: "a", code: 200 },
  { at: 1_001_000, host: "b", code: 404 },
];

describe("each carrier mode becomes events, and is acknowledged when asked for", () => {
  test.each([
    ["Forward", message("t", msgpackOf(ENTRIES), { chunk: "x" })],
    ["PackedForward as str", message("t", packed(ENTRIES), { chunk: "x", compressed: "text", size: 2 })],
    ["PackedForward as bin", message("t", Buffer.concat([Buffer.from([0xc6]), packed(ENTRIES).subarray(1)]), { chunk: "x" })],
    ["CompressedPackedForward", message("t", packed(ENTRIES, gzipSync), { chunk: "x", compressed: "gzip" })],
    [
      "CompressedPackedForward of several members",
      message(
        "t",
        packed(ENTRIES, () => Buffer.concat(ENTRIES.map((entry) => gzipSync(msgpackOf(entry))))),
        {
          chunk: "x",
          compressed: "gzip",
        },
      ),
    ],
    ["Message", Buffer.concat(ENTRIES.map((entry, at) => msgpackOf(["t", ...(entry as MsgpackValue[]), at === 1 ? { chunk: "x" } : {}])))],
  ])("%s", async (_, bytes) => {
    const peer = await connect(await open());
    peer.send(bytes);
    await until(() => peer.received.length > 0);
    expect(peer.received).toEqual(msgpackOf({ ack: "x" }));
    expect(context.events("t")).toEqual(EVENTS);
  });

  test("JSON, which begins with a bracket, is acknowledged in JSON", async () => {
    const peer = await connect(await open());
    peer.send('["t", 1000, {"host": "a", "code": 200}]\n["t", [[1001, {"host": "b", "code": 4');
    await until(() => context.events("t").length === 1);
    peer.send('04}]], {"chunk": "x]"}]');
    await until(() => peer.received.length > 0);
    expect(peer.received.toString()).toBe('{"ack":"x]"}');
    expect(context.events("t")).toEqual(EVENTS);
  });
});

test("an id is acknowledged byte for byte, whatever it is made of", async () => {
  const peer = await connect(await open());
  const chunk = Buffer.from([0xc4, 5, 0xff, 0x00, 0x0a, 0x80, 0x20]);
  peer.send(Buffer.concat([Buffer.from([0x93]), msgpackOf("t"), packed(ENTRIES), Buffer.from([0x81]), msgpackOf("chunk"), chunk]));
  await until(() => peer.received.length > 0);
  expect(peer.received).toEqual(Buffer.concat([Buffer.from([0x81]), msgpackOf("ack"), chunk]));
});

test("nothing is acknowledged before it is safe", async () => {
  const port = await open();
  const peer = await connect(port);
  for (const inbox of context.inboxes.values()) inbox.isHeld = true;
  peer.send(message("t", packed(ENTRIES), { chunk: "x" }));
  const other = await connect(port);
  other.send(Buffer.from([0xc1]));
  await until(() => other.isClosed);
  expect(peer.received).toHaveLength(0);
  for (const inbox of context.inboxes.values()) inbox.recover();
  await until(() => peer.received.length > 0);
});

test("a chunk that comes again is acknowledged again and taken once, also after a restart", async () => {
  const chunk = message("t", packed(ENTRIES), { chunk: "same" });
  const peer = await connect(await open());
  peer.send(chunk);
  peer.send(chunk);
  await until(() => peer.received.length === 2 * msgpackOf({ ack: "same" }).length);
  expect(context.events("t")).toHaveLength(2);
  const again = new FakeSourceContext({ folder: "/", positions: context.positions });
  context = again;
  const later = await connect(await open());
  later.send(chunk);
  await until(() => later.received.length > 0);
  expect(again.events("t")).toEqual([]);
  expect(again.counted("forward_chunks_repeated")).toBe(1);
});

describe("when the disk cannot keep it", () => {
  test("a peer whose message cannot be written gets no acknowledgement, and its connection ends", async () => {
    const peer = await connect(await open());
    for (const inbox of context.inboxes.values()) inbox.refusal = new HotakaError("HOTAKA_JOURNAL_WRITE", "no space left.");
    peer.send(message("t", packed(ENTRIES), { chunk: "x" }));
    await until(() => peer.isClosed);
    expect(peer.received).toHaveLength(0);
    expect(context.said).toEqual(["warn: sources[0] (test): the connection of 127.0.0.1 was ended: no space left. (1 so far)"]);
  });

  test("a peer waits while the log is full, and loses nothing", async () => {
    const peer = await connect(await open());
    for (const inbox of context.inboxes.values()) inbox.refusal = new HotakaError("HOTAKA_INBOX_FULL", "full.");
    peer.send(message("t", packed(ENTRIES), { chunk: "x" }));
    const other = await connect(portOf(sources[0]!));
    other.send(Buffer.from([0xc1]));
    await until(() => other.isClosed);
    expect(context.events("t")).toEqual([]);
    for (const inbox of context.inboxes.values()) inbox.recover();
    await until(() => peer.received.length > 0);
    expect(context.events("t")).toEqual(EVENTS);
  });
});

test("heartbeats are answered by UDP, and over TCP they are a connection without bytes or a nil", async () => {
  const port = await open();
  const socket = createSocket("udp4");
  socket.send(Buffer.from([0]), port, "127.0.0.1");
  const [answer] = (await once(socket, "message")) as [Buffer];
  socket.close();
  expect([...answer]).toEqual([0]);
  (await connect(port)).end();
  const peer = await connect(port);
  peer.send(Buffer.concat([Buffer.from([0xc0]), message("t", packed(ENTRIES), { chunk: "x" })]));
  await until(() => peer.received.length > 0);
  expect(context.said).toEqual([]);
});

describe("tags name targets", () => {
  test.each([
    [{}, "web.access", "web_access"],
    [{ remove_tag_prefix: "web" }, "web.access", "access"],
    [{ remove_tag_prefix: "web" }, "website", "website"],
    [{ target: "all" }, "web.access", "all"],
  ])("%j takes %s to %s", async (settings, tag, target) => {
    const peer = await connect(await open(settings));
    peer.send(message(tag, packed(ENTRIES), { chunk: "x" }));
    await until(() => peer.received.length > 0);
    expect(context.events(target)).toEqual(EVENTS);
    expect(forward.targets(forward.config(z).parse(settings))).toEqual(target === "all" ? { all: "any" } : undefined);
  });
});

describe("what somebody sends to do harm is counted, said, and stays within its bounds", () => {
  const garbage: [string, Record<string, unknown>, Buffer | string, string, string][] = [
    ["a byte that begins nothing", {}, Buffer.from([0xc1]), "bytes", "no value of MessagePack begins with the byte 0xc1."],
    ["JSON that is none", {}, '["t", []]x', "bytes", "an array or an object of JSON was wanted."],
    [
      "the announcement of four gigabytes",
      {},
      Buffer.from([0x92, 0xa1, 0x74, 0xdb, 0xff, 0xff, 0xff, 0xff]),
      "size",
      "a message of more than 64.0 MB (message_bytes_max) was sent.",
    ],
    [
      "JSON without end",
      { message_bytes_max: "1KB" },
      `["${"x".repeat(2000)}`,
      "size",
      "a message of more than 1.00 KB (message_bytes_max) was sent.",
    ],
    [
      "more than memory is meant for",
      { buffer_bytes_max: "1MB" },
      Buffer.concat([Buffer.from([0x92, 0xa1, 0x74, 0xdb, 0x01, 0, 0, 0]), Buffer.alloc(1_100_000)]),
      "memory",
      "too much memory is held for messages that are not whole (buffer_bytes_max).",
    ],
  ];
  test.each(garbage)("%s ends the connection", async (_, settings, bytes, reason, sentence) => {
    const peer = await connect(await open(settings));
    peer.send(bytes);
    await until(() => peer.isClosed);
    expect(context.said).toEqual([`warn: sources[0] (test): the connection of 127.0.0.1 was ended: ${sentence} (1 so far)`]);
    expect(context.counters.read().find(({ name }) => name === "forward_connections_ended")).toMatchObject({
      value: 1,
      labels: { reason },
    });
    const next = await connect(portOf(sources[0]!));
    next.send(message("t", packed(ENTRIES), { chunk: "x" }));
    await until(() => next.received.length > 0);
  });

  const harmful: [string, Buffer, string, string][] = [
    ["a number", Buffer.from([5]), "forward_messages_refused", "shape"],
    ["a message without a tag", msgpackOf([5, []]), "forward_messages_refused", "tag"],
    ["a tag alone", msgpackOf(["t"]), "forward_messages_refused", "tag"],
    ["metrics of Fluent Bit", message("t", packed(ENTRIES), { fluent_signal: 1 }), "forward_messages_refused", "signal"],
    ["a compression nobody knows", message("t", packed(ENTRIES), { compressed: "rot13" }), "forward_messages_refused", "compression"],
    ["gzip that is none", message("t", packed(ENTRIES), { compressed: "gzip" }), "forward_messages_refused", "compression"],
    [
      "a gzip bomb",
      message(
        "t",
        packed([], () => gzipSync(Buffer.alloc(2_000_000))),
        { compressed: "gzip" },
      ),
      "forward_messages_refused",
      "compression",
    ],
    [
      "an entry that is none",
      message("t", msgpackOf([7, [1, { a: 1 }]].slice(1).concat([[1, 2, 3]])), {}),
      "forward_entries_refused",
      "entry",
    ],
    ["a record that is no map", message("t", packed([[1000, "x"]]), {}), "forward_entries_refused", "record"],
    [
      "entries that are cut off",
      message(
        "t",
        packed(ENTRIES, (bytes) => bytes.subarray(0, -2)),
        {},
      ),
      "forward_entries_refused",
      "cut",
    ],
  ];
  test.each(harmful)("%s is refused, and what comes behind it is taken", async (_, bytes, counter, reason) => {
    const peer = await connect(await open({ decompressed_bytes_max: "1MB" }));
    peer.send(Buffer.concat([bytes, message("behind", packed(ENTRIES), { chunk: "x" })]));
    await until(() => peer.received.length > 0);
    expect(context.events("behind")).toEqual(EVENTS);
    expect(context.counters.read().filter(({ name }) => name === counter)).toMatchObject([{ value: 1, labels: { reason } }]);
    expect(context.said).toHaveLength(1);
  });

  test("a peer that sends a byte a second is ended after message_timeout, one that is silent after idle_timeout", async () => {
    const port = await open({ message_timeout: "10s", idle_timeout: "30s" });
    const [slow, silent] = [await connect(port), await connect(port)];
    silent.send(message("t", packed(ENTRIES), { chunk: "x" }));
    await until(() => silent.received.length > 0);
    const bytes = message("t", packed(ENTRIES), { chunk: "y" });
    for (let at = 0; at < bytes.length && !slow.isClosed; at++) {
      slow.send(bytes.subarray(at, at + 1));
      const marker = await connect(port);
      marker.send(message(`m${at}`, packed(ENTRIES), { chunk: `m${at}` }));
      await until(() => marker.received.length > 0);
      marker.close();
      context.clock.advanceTo(context.clock.nowMs() + 1000);
      if (at === 11) await until(() => slow.isClosed);
    }
    expect(context.said).toEqual([
      "warn: sources[0] (test): the connection of 127.0.0.1 was ended: a message was not whole within message_timeout. (1 so far)",
    ]);
    expect(silent.isClosed).toBe(false);
    context.clock.advanceTo(context.clock.nowMs() + 31_000);
    await until(() => silent.isClosed);
    expect(context.said).toHaveLength(1);
  });

  test("more connections than the bound are refused and counted, and a place that is free is given out again", async () => {
    const port = await open({ connections_max: 2 });
    const held = [await connect(port), await connect(port)];
    const third = await connect(port);
    await until(() => third.isClosed);
    expect(context.said).toEqual(["warn: sources[0] (test): a connection was refused: there are 2 (connections_max). (1 so far)"]);
    held[0]!.close();
    await until(() => sources[0]!.status().sentence.includes(" 1 connections"));
    const next = await connect(port);
    next.send(message("t", packed(ENTRIES), { chunk: "x" }));
    await until(() => next.received.length > 0);
  });
});

describe("real clients", () => {
  const secured = { shared_key: "key", users: [{ name: "u", password: "p" }] };

  test.each(["Message", "Forward", "PackedForward", "CompressedPackedForward"] as const)(
    "@fluent-org/logger in mode %s, with key, user and acknowledgement",
    async (eventMode) => {
      const port = await open(secured);
      const client = new FluentClient("app", {
        eventMode,
        socket: { host: "127.0.0.1", port },
        security: { clientHostname: "client", sharedKey: "key", username: "u", password: "p" },
        ack: { ackTimeout: 10_000 },
      });
      await client.emit("login", { user: "x", n: 1 }, 1_700_000_000_000);
      await client.disconnect();
      expect(context.events("app_login")).toEqual([{ at: 1_700_000_000_000, user: "x", n: 1 }]);
    },
  );

  test.each(["Message", "PackedForward", "CompressedPackedForward"])(
    "fluent-logger in mode %s, with key, user and acknowledgement",
    async (eventMode) => {
      const port = await open(secured);
      const sender = fluentLogger.createFluentSender("app", {
        eventMode,
        host: "127.0.0.1",
        port,
        requireAckResponse: true,
        flushInterval: 1,
        security: { clientHostname: "client", sharedKey: "key", username: "u", password: "p" },
      });
      await new Promise<void>((resolve, reject) => {
        sender.on("error", reject);
        sender.emit("login", { user: "x" }, new Date(1_700_000_000_000), () => resolve());
      });
      expect(context.events("app_login")).toEqual([{ at: 1_700_000_000_000, user: "x" }]);
      sender.end();
    },
  );

  test.each([
    ["another key", { sharedKey: "wrong", username: "u", password: "p" }],
    ["another password", { sharedKey: "key", username: "u", password: "wrong" }],
    ["a user who is not known", { sharedKey: "key", username: "nobody", password: "p" }],
  ])("a client with %s is refused", async (_, security) => {
    const port = await open(secured);
    const client = new FluentClient("app", {
      eventMode: "Message",
      socket: { host: "127.0.0.1", port, disableReconnect: true },
      security: { clientHostname: "client", ...security },
    });
    await client.connect().catch(() => {});
    await until(() => context.said.length > 0);
    await client.disconnect().catch(() => {});
    expect(context.said[0]).toMatch(
      /the connection of 127\.0\.0\.1 was ended: the (shared key|user or the password) is another one\. \(1 so far\)$/,
    );
    expect(context.events("app_login")).toEqual([]);
  });

  test("who does not answer HELO is ended after message_timeout", async () => {
    const peer = await connect(await open({ ...secured, message_timeout: "5s" }));
    await until(() => peer.received.length > 0);
    context.clock.advanceTo(context.clock.nowMs() + 6000);
    await until(() => peer.isClosed);
    expect(context.said[0]).toContain("there was no answer to HELO within message_timeout.");
  });
});

test("closing finishes what is on its way to the disk, acknowledges it, and takes no more", async () => {
  const port = await open();
  const peer = await connect(port);
  for (const inbox of context.inboxes.values()) inbox.isHeld = true;
  peer.send(message("t", packed(ENTRIES), { chunk: "x" }));
  const other = await connect(port);
  other.send(Buffer.from([0xc1]));
  await until(() => other.isClosed);
  const closing = sources[0]!.close();
  for (const inbox of context.inboxes.values()) inbox.recover();
  await closing;
  await until(() => peer.isClosed);
  expect(peer.received).toEqual(msgpackOf({ ack: "x" }));
  await expect(Peer.connect(port)).rejects.toThrow("ECONNREFUSED");
});
