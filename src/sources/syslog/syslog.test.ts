import { spawn, spawnSync } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls } from "node:tls";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { makeCertificate } from "../../../test/suites/certificate.ts";
import { Peer, portOf, until } from "../../../test/suites/peer.ts";
import { Rsyslog, whyNoRsyslog } from "../../../test/suites/rsyslog.ts";
import { FakeSourceContext } from "../../../test/suites/source_fakes.ts";
import { sourceSuite } from "../../../test/suites/source_suite.ts";
import type { Source } from "../../component/index.ts";
import { HotakaError } from "../../kit/index.ts";
import { syslog } from "./syslog.ts";
import { openSyslog } from "./syslog_source.ts";

sourceSuite(syslog, () => ({
  settings: { listen: "127.0.0.1:0", target: "events", time_zone: "UTC" },
  events: 3,
  async send(source) {
    await sendDatagrams(portOf(source), ["<13>May  6 12:00:00 web sshd[7]: by UDP"]);
    const peer = await Peer.connect(portOf(source));
    peer.send("<13>May  6 12:00:00 web sshd[7]: by TCP\n11 <13>counted");
    peer.end();
    await until(() => peer.isClosed);
  },
}));

let folder: string;
let context: FakeSourceContext;
let sources: Source[];
let peers: Peer[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "hotaka-syslog-"));
  context = new FakeSourceContext({ folder, nowMs: Date.parse("2026-11-21T12:00:00Z") });
  sources = [];
  peers = [];
});
afterEach(async () => {
  for (const peer of peers) peer.close();
  for (const source of sources) await source.close();
  rmSync(folder, { recursive: true });
});

async function open(settings: Record<string, unknown> = {}): Promise<number> {
  const config = syslog.config(z).parse({ listen: "127.0.0.1:0", target: "events", time_zone: "UTC", ...settings });
  const source = await openSyslog(config, context);
  sources.push(source);
  return portOf(source);
}

async function connect(port: number): Promise<Peer> {
  const peer = await Peer.connect(port);
  peers.push(peer);
  return peer;
}

async function sendDatagrams(port: number, messages: readonly string[]): Promise<void> {
  const socket = createSocket("udp4");
  for (const message of messages) {
    await new Promise((resolve) => {
      socket.send(message, port, "127.0.0.1", resolve);
    });
  }
  socket.close();
}

const counted = (message: string): string => `${message.length} ${message}`;
const messages = (): unknown[] => context.events("events").map(({ message }) => message);
const settings = (more: Record<string, unknown>) => syslog.config(z).safeParse({ target: "events", ...more });

describe("what real programs send is read:", () => {
  test.skipIf(spawnSync("logger", ["--version"]).status !== 0).each([
    ["--udp", "--rfc5424"],
    ["--udp", "--rfc3164"],
    ["--tcp", "--rfc5424", "--octet-count"],
    ["--tcp", "--rfc3164"],
  ])("logger %s %s %s", async (...options) => {
    const port = await open();
    const to = ["--server", "127.0.0.1", "--port", String(port), "--priority", "auth.warning", "--tag", "sshd", "--id=42"];
    await runToEnd("logger", [...to, ...options.filter((option) => option !== ""), "Failed password for root"]);
    await until(() => messages().length === 1);
    expect(context.events("events")).toMatchObject([
      { facility: 4, severity: 4, ident: "sshd", pid: "42", message: "Failed password for root", source_address: "127.0.0.1" },
    ]);
  });

  test.skipIf(whyNoRsyslog() !== undefined).each([
    ["traditional, by line", 'protocol="tcp"'],
    ["traditional, counted", 'protocol="tcp" TCP_Framing="octet-counted"'],
    ["RFC 5424, counted", 'protocol="tcp" TCP_Framing="octet-counted" template="RSYSLOG_SyslogProtocol23Format"'],
    ["RFC 5424 by UDP", 'protocol="udp" template="RSYSLOG_SyslogProtocol23Format"'],
  ])("rsyslog, %s", async (_, parameters) => {
    const port = await open();
    const rsyslog = new Rsyslog();
    const lines = Array.from({ length: 200 }, (__, index) => `line ${index}`);
    rsyslog.start(`${lines.join("\n")}\n`, `target="127.0.0.1" port="${port}" ${parameters}`);
    await until(() => messages().length === lines.length);
    await rsyslog.close();
    expect(messages()).toEqual(lines);
    expect(context.events("events")[0]).toMatchObject({ facility: 19, severity: 4, ident: "app" });
  });
});

test("messages of TLS are read, and a sender without its certificate is refused where one is asked for", async ({ skip }) => {
  const made = makeCertificate(folder);
  if (made === undefined) return skip("openssl is not installed");
  const port = await open({ tls: { ...made, client_ca: made.cert } });
  const [cert, key] = [readFileSync(made.cert), readFileSync(made.key)];
  const stranger = connectTls({ port, host: "127.0.0.1", ca: cert });
  stranger.on("error", () => {});
  await until(() => stranger.closed);
  const known = connectTls({ port, host: "127.0.0.1", ca: cert, cert, key });
  known.end(counted("<13>May  6 12:00:00 web a: tls"));
  await until(() => messages().length === 1);
  expect(messages()).toEqual(["tls"]);
  expect(context.counted("source_connections_refused")).toBe(1);
});

test("a message of several lines that is counted, or a datagram, is one event", async () => {
  const port = await open();
  await sendDatagrams(port, ["<13>May  6 12:00:00 web a: one\n  at two\n\0"]);
  const peer = await connect(port);
  peer.send(counted("<13>May  6 12:00:00 web a: x\n  y"));
  await until(() => messages().length === 2);
  expect(messages().toSorted((a, b) => (String(a) < String(b) ? -1 : 1))).toEqual(["one#012  at two", "x#012  y"]);
});

test("garbage is refused and counted, and the connection goes on", async () => {
  const port = await open();
  const peer = await connect(port);
  peer.send(Buffer.from([0xff, 0x00, 0x16, 0x03, 0x01, 0x0a]));
  peer.send("GET / HTTP/1.1\r\n\r\n<13>fine\n");
  await until(() => messages().length === 1);
  expect(messages()).toEqual(["fine"]);
  expect(context.counted("source_lines_refused")).toBe(2);
  expect(context.said).toContain("warn: sources[0] (test): a line is not of the format (its part: priority) and was refused. (1 so far)");
});

test("a message longer than message_bytes_max is skipped and counted, by every way", async () => {
  const port = await open({ message_bytes_max: "1KB" });
  const long = `<13>${"x".repeat(2000)}`;
  await sendDatagrams(port, [long, "<13>udp"]);
  const peer = await connect(port);
  peer.send(`${long}\n${counted(long)}<13>tcp\n`);
  await until(() => messages().length === 2);
  expect(messages().toSorted((a, b) => (String(a) < String(b) ? -1 : 1))).toEqual(["tcp", "udp"]);
  expect(context.counted("source_lines_skipped")).toBe(3);
});

test("a message that does not end, and a connection that says nothing, are ended in their time", async () => {
  const port = await open();
  const [slow, silent] = [await connect(port), await connect(port)];
  slow.send("<13>never e");
  const marker = await connect(port);
  marker.send("<13>marker\n");
  await until(() => messages().length === 1);
  context.clock.advanceTo(context.clock.nowMs() + 61_000);
  await until(() => slow.isClosed);
  expect([silent.isClosed, context.counted("syslog_messages_dropped")]).toEqual([false, 1]);
  context.clock.advanceTo(context.clock.nowMs() + 86_400_000);
  await until(() => silent.isClosed);
  expect(context.counted("syslog_messages_dropped")).toBe(1);
});

test("a last message needs no newline, and one that ends before its count is dropped and counted", async () => {
  const port = await open();
  const [whole, cut] = [await connect(port), await connect(port)];
  cut.send("<13>before\n100 <13>cut off");
  cut.end();
  await until(() => cut.isClosed);
  whole.send("<13>whole");
  whole.end();
  await until(() => whole.isClosed);
  expect(messages()).toEqual(["before", "whole"]);
  expect(context.counted("syslog_messages_dropped")).toBe(1);
});

test("a full inbox holds a connection back, and nothing of it is lost", async () => {
  const port = await open();
  const inbox = [...context.inboxes.values()][0]!;
  inbox.refusal = new HotakaError("HOTAKA_INBOX_FULL", "full.");
  const peer = await connect(port);
  for (let index = 0; index < 100; index++) peer.send(`<13>${index}\n`);
  await until(() => context.counted("source_connections") === 1);
  inbox.recover();
  await until(() => messages().length === 100);
  expect(messages()).toEqual(Array.from({ length: 100 }, (_, index) => String(index)));
});

test("an address that is taken is said, and what was opened beside it is closed", async () => {
  const socket = createSocket("udp4").bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { port } = socket.address();
  await expect(open({ listen: `127.0.0.1:${port}` })).rejects.toThrow(`sources[0] (test) cannot listen on 127.0.0.1:${port} (UDP)`);
  socket.close();
  await once(socket, "close");
  expect(await open({ listen: `127.0.0.1:${port}` })).toBe(port);
});

test("settings: loopback unless said otherwise, and no TLS over UDP", () => {
  expect(settings({}).data).toMatchObject({ listen: { host: "127.0.0.1", port: 5140 }, transports: ["tcp", "udp"] });
  const tls = { cert: "c", key: "k" };
  expect(settings({ tls }).data?.transports).toEqual(["tcp"]);
  expect(settings({ tls, transports: ["udp"] }).error?.issues[0]?.message).toContain("no TLS over UDP");
  expect(settings({ listen: "0.0.0.0:514" }).error?.issues[0]?.message).toContain("anybody could send events");
  expect(settings({ listen: "0.0.0.0:514", open_to_network: true }).success).toBe(true);
});

/** Runs a program beside this one, whose event loop goes on. */
async function runToEnd(command: string, args: readonly string[]): Promise<void> {
  const child = spawn(command, args, { stdio: "ignore" });
  const [code] = await once(child, "exit");
  expect(code).toBe(0);
}
