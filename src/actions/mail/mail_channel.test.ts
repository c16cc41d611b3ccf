import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { SMTPServer } from "smtp-server";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { z } from "zod";
import { openDesk } from "../../../test/suites/notice_desk.ts";
import { silentLog, Steps, VirtualClock } from "../../kit/index.ts";
import { mail } from "./mail.ts";

const NOW_MS = Date.parse("2026-11-20T10:00:00Z");
const row = { key: "block.flood 1", query: "block.flood", timeMs: NOW_MS, row: { host: "203.0.113.7", agent: "<script>ä" } };

interface Received {
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
}

let server: SMTPServer;
let port: number;
let received: Received[];
let refuses: string | undefined;

beforeEach(async () => {
  [received, refuses] = [[], undefined];
  server = new SMTPServer({
    authOptional: true,
    disabledCommands: ["STARTTLS"],
    allowInsecureAuth: true,
    onAuth: ({ username, password }, _, done) =>
      username === "hotaka" && password === "right" ? done(null, { user: username }) : done(new Error("wrong password")),
    onRcptTo: ({ address }, _, done) => done(address === refuses ? new Error("no such mailbox") : null),
    onData: (stream, { envelope }, done) => {
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.once("end", () => {
        const from = envelope.mailFrom === false ? "" : envelope.mailFrom.address;
        received.push({ from, to: envelope.rcptTo.map(({ address }) => address), text: Buffer.concat(chunks).toString() });
        done();
      });
    },
  });
  server.listen(0, "127.0.0.1");
  await once(server.server, "listening");
  port = (server.server.address() as AddressInfo).port;
});

afterEach(async () => {
  server.close();
  await once(server.server, "close");
});

async function open(settings: Record<string, unknown> = {}) {
  const clock = new VirtualClock(NOW_MS);
  const desk = await openDesk(clock, silentLog);
  const config = mail.config(z).parse({ smtp: `127.0.0.1:${port}`, from: "hotaka@example.com", to: ["ops@example.com"], ...settings });
  const own = { name: "actions[0] (mail)", route: "mail ** 1", family: "mail **", folder: "/", dryRun: false };
  const action = await mail.open(config, { ...own, clock, steps: new Steps(clock), log: silentLog, ...desk });
  return { action, ...desk };
}

describe("a mail", () => {
  test("reaches the mail server as text and as HTML, with a subject and who it is from", async () => {
    const { action, pass } = await open({ subject: "block_host ${host}" });
    await action.perform(row);
    await pass(5000);
    expect(received).toMatchObject([{ from: "hotaka@example.com", to: ["ops@example.com"] }]);
    const { text } = received[0]!;
    expect(text).toContain("Subject: block_host 203.0.113.7\r\n");
    expect(text).toContain("Auto-Submitted: auto-generated\r\n");
    expect(text).toContain("multipart/alternative");
    // UTF-8 in quoted-printable: as it came in the text, and without meaning in the HTML.
    expect(text).toContain("\r\n<script>=C3=A4");
    expect(text).toContain("&lt;script&gt;=C3=A4");
  });

  test("names itself to a server that wants a password, and says when that is wrong", async () => {
    const { action } = await open({ user: "hotaka", password: "right" });
    expect(await action.test?.()).toBe('mailed "Hotaka test" to ops@example.com.');
    const { action: wrong } = await open({ user: "hotaka", password: "wrong" });
    await expect(wrong.test?.()).rejects.toThrow(`mail: 127.0.0.1:${port} did not take the message: Invalid login: 535`);
  });

  test("is told to those who can be reached when one of them is refused", async () => {
    refuses = "gone@example.com";
    const { action } = await open({ to: ["ops@example.com", "gone@example.com"] });
    expect(await action.test?.()).toBe('mailed "Hotaka test" to ops@example.com. 1 addresses were refused: gone@example.com.');
  });

  test("goes to others when nobody acknowledges it", async () => {
    const { action, pass } = await open({ escalate_after: "15min", escalate_to: ["lead@example.com"] });
    await action.perform(row);
    await pass(5000);
    await pass(15 * 60_000);
    expect(received.map(({ to }) => to)).toEqual([["ops@example.com"], ["lead@example.com"]]);
    expect(received[0]?.text).toContain("To acknowledge: hotaka notify ack n1");
    expect(received[1]?.text).toContain("Subject: Unacknowledged: block.flood: 203.0.113.7");
    expect(received[1]?.text).toContain("Nobody has acknowledged this for 15m.");
  });

  test("is tried again until the server takes it", async () => {
    refuses = "ops@example.com";
    const { action, pass } = await open();
    await action.perform(row);
    await pass(5000);
    expect(received).toEqual([]);
    refuses = undefined;
    await pass(1000);
    expect(received).toHaveLength(1);
  });

  test("is not sent in clear to another machine that offers no TLS", async () => {
    const { action } = await open({ smtp: `localhost.:${port}` });
    await expect(action.test?.()).rejects.toThrow(/did not take the message/);
    expect(received).toEqual([]);
  });
});
