import { connect, createServer, type Server, type Socket } from "node:net";
import { once } from "node:events";
import { expect, test } from "vitest";
import { until } from "../../../test/suites/peer.ts";
import { FakeSourceContext } from "../../../test/suites/source_fakes.ts";
import { receivedSyslog } from "../../formats/index.ts";
import { LineInbox } from "../line_inbox.ts";
import { RefusalCounter } from "../refusal_counter.ts";
import { SyslogConnection } from "./syslog_connection.ts";

async function pair(): Promise<{ server: Server; near: Socket; far: Socket }> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const far = connect(typeof address === "object" && address !== null ? address.port : 0, "127.0.0.1");
  const [near] = (await once(server, "connection")) as [Socket];
  return { server, near, far };
}

test("a connection has until message_timeout for a message, however slowly it comes, and until idle_timeout for the next", async () => {
  const context = new FakeSourceContext({ folder: "/" });
  const { server, near, far } = await pair();
  const lines = new LineInbox({
    context,
    key: "syslog",
    format: receivedSyslog("UTC"),
    destination: { target: "events" },
    lineBytesMax: 100,
  });
  const dropped = new RefusalCounter(context, "syslog_messages_dropped", "Dropped.");
  const port = { lines, dropped, messageBytesMax: 100, messageTimeoutMs: 60_000, idleTimeoutMs: 1_000_000, heldBytesMax: 0 };
  const connection = new SyslogConnection(port, near);
  expect(connection.dueMs).toBe(1_000_000);
  connection.receive(Buffer.from("<13>slow"));
  expect(connection.dueMs).toBe(60_000);
  context.clock.advanceTo(30_000);
  connection.receive(Buffer.from("er"));
  expect(connection.dueMs).toBe(60_000);
  connection.receive(Buffer.from("\n<13>next"));
  expect(connection.dueMs).toBe(90_000);
  connection.receive(Buffer.from("\n"));
  expect(connection.dueMs).toBe(1_030_000);
  connection.receive(Buffer.from(`<13>${"x".repeat(200)}`));
  expect(connection.dueMs).toBe(90_000);
  connection.timedOut();
  await until(() => near.destroyed && context.events("events").length === 2);
  expect([connection.dueMs, context.counted("syslog_messages_dropped")]).toEqual([Number.POSITIVE_INFINITY, 1]);
  expect(context.events("events").map(({ message }) => message)).toEqual(["slower", "next"]);
  far.destroy();
  server.close();
});
