import { Socket } from "node:net";
import fc from "fast-check";
import { expect, test } from "vitest";
import { FakeInbox, FakeSourceContext } from "../../../test/suites/source_fakes.ts";
import { msgpackOf } from "../../kit/index.ts";
import { RefusalCounter } from "../refusal_counter.ts";
import { MemoryPool } from "../stream_buffer.ts";
import { ForwardConnection } from "./connection.ts";
import { MessageTaker } from "./message_taker.ts";

/** A connection over a socket that leads nowhere, whose messages are taken. */
function connection() {
  const context = new FakeSourceContext({ folder: "/" });
  const taker = new MessageTaker({ context, positionKey: "p", target: undefined, tagOf: (tag) => tag, decompressedBytesMax: 1 << 16 });
  const inbox = new FakeInbox(taker.take, taker.flush);
  const socket = new Socket();
  socket.write = () => true;
  let held = 0;
  const port = {
    context,
    messages: inbox,
    narrowedMessages: new FakeInbox(taker.takeNarrowed, taker.flush),
    narrowed: (messages: Buffer) => taker.narrowed(messages),
    jsonMessages: new FakeInbox(taker.takeJson, taker.flush),
    keys: undefined,
    messageBytesMax: 1 << 20,
    messageTimeoutMs: 1000,
    idleTimeoutMs: 1000,
    refused: new RefusalCounter(context, "x", "Refused."),
    pool: new MemoryPool(),
    reserve(bytes: number) {
      held += bytes;
      return true;
    },
  };
  const open = new ForwardConnection(port, socket);
  /** As a listener has it received: in memory that is another's by the time anybody else has a turn. */
  const receive = (piece: Buffer): void => {
    const shared = Buffer.from(piece);
    open.receive(shared);
    shared.fill(0xc1);
  };
  return { context, inbox, open, receive, held: () => held };
}

test("whatever bytes come, in whatever pieces, nothing is thrown, and memory is given back", async () => {
  const message = fc.constantFrom(
    msgpackOf(["t", 5, { a: 1 }, { chunk: "c" }]),
    msgpackOf(["t", [[1, { a: "x".repeat(300) }]]]),
    msgpackOf(null),
    Buffer.from('["t",1,{"a":2}]'),
  );
  const pieces = fc.array(
    fc.oneof(
      fc.uint8Array({ minLength: 1, maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
      message,
    ),
    { minLength: 1 },
  );
  await fc.assert(
    fc.asyncProperty(pieces, async (all) => {
      const { open, receive, held } = connection();
      for (const piece of all) receive(piece);
      await open.finish();
      open.closed();
      expect(held()).toBe(0);
    }),
  );
});

test("what is whole goes to the inbox in one piece, as it came", async () => {
  const { open, receive, inbox, context } = connection();
  const messages = [1, 2, 3].map((number) => msgpackOf(["t", number, { number }]));
  const bytes = Buffer.concat(messages);
  receive(bytes.subarray(0, bytes.length - 3));
  receive(bytes.subarray(bytes.length - 3));
  await open.finish();
  expect(inbox.records.map((record) => record.bytes.length)).toEqual([messages[0]!.length * 2, messages[2]!.length]);
  expect(context.events("t")).toEqual([1, 2, 3].map((number) => ({ at: number * 1000, number })));
});
