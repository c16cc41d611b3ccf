import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { MsgpackReader, msgpackOf } from "../../kit/index.ts";
import { type MessageForm, rowMessages } from "./row_message.ts";

const row = {
  key: "q 1",
  query: "q",
  timeMs: 1_763_632_800_123,
  row: { host: "a", n: 2n ** 60n, at: new Date(5), list: [1, { x: null }] },
};
const form: MessageForm = { tag: () => "t", isCompressed: false, isAcknowledged: true };
const TAG = Buffer.from([0x93, 0xa1, 0x74]);

const packedOf = (bytes: Buffer): Buffer => bytes.subarray(8, 8 + bytes.readUInt32BE(4));

test("a row is PackedForward of one entry, with a chunk that is the same for every try", async () => {
  const [message] = await rowMessages([row], form);
  const { bytes, chunk } = message!;
  expect(bytes.subarray(0, 4)).toEqual(Buffer.concat([TAG, Buffer.from([0xc6])]));
  const packed = packedOf(bytes);
  expect(packed.subarray(0, 11).toString("hex")).toBe("92d700691ee6a00754d4c0");
  expect(new MsgpackReader(packed.subarray(11)).value()).toEqual({ host: "a", n: 2n ** 60n, at: 5, list: [1, { x: null }] });
  expect(new MsgpackReader(bytes.subarray(8 + packed.length)).value()).toEqual({ size: 1, compressed: "text", chunk });
  const [again] = await rowMessages([row], { ...form, tag: () => "other", isCompressed: true });
  expect(again?.chunk).toBe(chunk);
  const [other] = await rowMessages([{ ...row, key: "q 2" }], form);
  expect(other?.chunk).not.toBe(chunk);
});

test("rows of one tag are one message, in their order, and each tag has its own", async () => {
  const rows = ["a", "b", "a", "a"].map((tag, index) => ({ ...row, key: `q ${index}`, row: { tag, index } }));
  const messages = await rowMessages(rows, { ...form, tag: ({ row: { tag } }) => (typeof tag === "string" ? tag : "") });
  const one = (index: number, tag: string): Buffer =>
    Buffer.concat([Buffer.from("92d700691ee6a00754d4c0", "hex"), msgpackOf({ tag, index })]);
  expect(messages.map(({ bytes }) => packedOf(bytes))).toEqual([Buffer.concat([one(0, "a"), one(2, "a"), one(3, "a")]), one(1, "b")]);
  expect(new MsgpackReader(messages[0]!.bytes.subarray(8 + packedOf(messages[0]!.bytes).length)).value()).toMatchObject({ size: 3 });
  expect(new Set(messages.map(({ chunk }) => chunk)).size).toBe(2);
});

test("it can be compressed, and ask for nothing", async () => {
  const [message] = await rowMessages([row], { ...form, isCompressed: true, isAcknowledged: false });
  const { bytes } = message!;
  const packed = packedOf(bytes);
  expect(gunzipSync(packed)[0]).toBe(0x92);
  expect(new MsgpackReader(bytes.subarray(8 + packed.length)).value()).toEqual({ size: 1, compressed: "gzip" });
});
