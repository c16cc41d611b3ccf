import { once } from "node:events";
import { linkSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { makeCertificate } from "../../test/suites/certificate.ts";
import { Peer, until } from "../../test/suites/peer.ts";
import { FakeSourceContext } from "../../test/suites/source_fakes.ts";
import { listenSettings, openProblem, tlsOptions, tlsSetting } from "./listening.ts";
import { type StreamConnection, StreamListener, type StreamListenerOptions } from "./stream_listener.ts";

let folder: string;
let context: FakeSourceContext;
let listeners: StreamListener[];
let received: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hotaka-listener-"));
  context = new FakeSourceContext({ folder });
  listeners = [];
  received = "";
});
afterEach(async () => {
  for (const listener of listeners) await listener.close();
  rmSync(folder, { recursive: true });
});

/** Notes what comes, and ends a connection after 10 seconds. */
function noting(socket: Socket): StreamConnection {
  return {
    dueMs: context.clock.nowMs() + 10_000,
    receive: (bytes) => (received += bytes.toString()),
    timedOut: () => socket.destroy(),
    finish: async () => socket.destroySoon(),
    closed: () => (received += "."),
  };
}

async function open(options: Partial<StreamListenerOptions> = {}): Promise<StreamListener> {
  const listen = { host: "127.0.0.1", port: 0 };
  const listener = await StreamListener.open({ context, listen, connectionsMax: 10, connected: noting, ...options });
  listeners.push(listener);
  return listener;
}

test.each([
  ["its own", {}],
  ["shared", { isMemoryShared: true }],
])("bytes of a peer come to its connection, in %s memory, which is told when it is no more", async (_, options) => {
  const listener = await open(options);
  const peer = await Peer.connect(listener.port);
  peer.send("hello");
  await until(() => received === "hello");
  expect(listener.connections).toBe(1);
  peer.end();
  await until(() => received === "hello.");
  expect(listener.connections).toBe(0);
});

test("a connection that is due is told within a second", async () => {
  const listener = await open();
  const peer = await Peer.connect(listener.port);
  await until(() => listener.connections === 1);
  context.clock.advanceTo(11_000);
  await until(() => peer.isClosed);
  expect(listener.connections).toBe(0);
});

test("a port that is taken is refused in a sentence that says what to do", async () => {
  const { port } = await open();
  await expect(open({ listen: { host: "127.0.0.1", port } })).rejects.toMatchObject({
    code: "HOTAKA_SOURCE_LISTEN",
    message: `sources[0] (test) cannot listen on 127.0.0.1:${port}: something else listens there already. Stop it, or choose another address.`,
  });
});

describe("a Unix socket", () => {
  test("is listened on, also where one was left behind", async () => {
    const killed = await open({ listen: { path: "y.sock" } });
    linkSync(join(folder, "y.sock"), join(folder, "x.sock"));
    await killed.close();
    await expect(Peer.connect(join(folder, "x.sock"))).rejects.toThrow("ECONNREFUSED");
    await open({ listen: { path: "x.sock" } });
    const peer = await Peer.connect(join(folder, "x.sock"));
    peer.send("hello");
    await until(() => received.includes("hello"));
    peer.close();
  });

  test("that somebody listens on is left to them", async () => {
    await open({ listen: { path: "x.sock" } });
    await expect(open({ listen: { path: "x.sock" } })).rejects.toMatchObject({ code: "HOTAKA_SOURCE_LISTEN" });
  });
});

test("TLS is spoken where it is set, and who does not speak it is refused and counted", async ({ skip }) => {
  const made = makeCertificate(folder);
  if (made === undefined) return skip("openssl is not installed, so no certificate can be made.");
  const config = tlsSetting(z).parse({ cert: "cert.pem", key: "key.pem" });
  const listener = await open({ tls: await tlsOptions(config, folder) });
  const socket = connectTls({ port: listener.port, host: "127.0.0.1", ca: readFileSync(made.cert), servername: "localhost" });
  await once(socket, "secureConnect");
  socket.write("secret");
  await until(() => received.includes("secret"));
  socket.destroy();
  const plain = await Peer.connect(listener.port);
  plain.send("GET / HTTP/1.1\r\n\r\n");
  await until(() => plain.isClosed);
  expect(context.counters.read().filter(({ name }) => name === "source_connections_refused")).toMatchObject([
    { value: 1, labels: { reason: "tls" } },
  ]);
});

test("a certificate that is not there is said with its path", async () => {
  const config = tlsSetting(z).parse({ cert: "cert.pem", key: "key.pem" });
  await expect(tlsOptions(config, folder)).rejects.toMatchObject({
    code: "HOTAKA_SOURCE_OPEN",
    message: expect.stringMatching(/^cert\.pem of the setting tls cannot be read: ENOENT.* Name a file in PEM form\.$/),
  });
  expect(await tlsOptions(undefined, folder)).toBe(undefined);
});

test.each([
  ["127.0.0.1:1", false, false, false],
  ["[::1]:1", false, false, false],
  ["localhost:1", false, false, false],
  ["0.0.0.0:1", false, false, true],
  ["192.0.2.1:1", false, false, true],
  ["0.0.0.0:1", true, false, false],
  ["0.0.0.0:1", false, true, false],
])("listening on %s, with open_to_network %s, where senders say who they are %s", (listen, isOpen, asksWho, isRefused) => {
  const settings = z.strictObject(listenSettings(z, 5)).parse({ listen, open_to_network: isOpen });
  const problem = openProblem(settings, asksWho, "set a key");
  const refusal = expect.stringContaining("Listen on 127.0.0.1, set a key, or set open_to_network: true.");
  expect(problem).toEqual(isRefused ? refusal : undefined);
});
