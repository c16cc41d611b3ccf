import { createSocket } from "node:dgram";
import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { until } from "../../../test/suites/peer.ts";
import { type FakeInbox, FakeSourceContext } from "../../../test/suites/source_fakes.ts";
import { receivedSyslog } from "../../formats/index.ts";
import { LineInbox } from "../line_inbox.ts";
import { RefusalCounter } from "../refusal_counter.ts";
import { Datagrams } from "./datagrams.ts";

async function open(
  context: FakeSourceContext,
): Promise<{ datagrams: Datagrams; send: (message: string) => Promise<void>; inbox: FakeInbox }> {
  const lines = new LineInbox({
    context,
    key: "syslog",
    format: receivedSyslog("UTC"),
    destination: { target: "events" },
    lineBytesMax: 2000,
  });
  const dropped = new RefusalCounter(context, "syslog_messages_dropped", "Dropped.");
  const port = { lines, dropped, messageBytesMax: 2000, messageTimeoutMs: 1000, idleTimeoutMs: 1000, heldBytesMax: 65_536 };
  const datagrams = await Datagrams.open(port, { host: "127.0.0.1", port: 0 }, 4096);
  const send = async (message: string): Promise<void> => {
    const socket = createSocket("udp4");
    await new Promise((resolve) => {
      socket.send(message, datagrams.port, "127.0.0.1", resolve);
    });
    socket.close();
    await setImmediate();
  };
  return { datagrams, send, inbox: [...context.inboxes.values()][0]! };
}

test("while the disk is slower messages are gathered up to the bound, and the rest is dropped and counted", async () => {
  const context = new FakeSourceContext({ folder: "/" });
  const { datagrams, send, inbox } = await open(context);
  inbox.isHeld = true;
  while (context.counted("syslog_messages_dropped") === 0) await send(`<13>${"x".repeat(1000)}`);
  inbox.recover();
  await until(() => inbox.records.length === 2);
  expect(context.events("events")).toHaveLength(65);
  expect(context.said).toContainEqual(expect.stringContaining("held_bytes_max is reached"));
  await send("<13>after");
  await until(() => inbox.records.length === 3);
  expect(context.events("events").at(-1)).toMatchObject({ message: "after", source_address: "127.0.0.1" });
  await datagrams.close();
});

test("closing waits for what was received", async () => {
  const context = new FakeSourceContext({ folder: "/" });
  const { datagrams, send, inbox } = await open(context);
  inbox.isHeld = true;
  await send("<13>one");
  await send("<13>two");
  await until(() => inbox.waiting === 1);
  let isClosed = false;
  const closing = datagrams.close().then(() => (isClosed = true));
  await setImmediate();
  expect(isClosed).toBe(false);
  inbox.recover();
  await closing;
  expect(context.events("events").map(({ message }) => message)).toEqual(["one", "two"]);
  expect(datagrams.port).toBe(0);
});
