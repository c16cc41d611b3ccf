import { gunzipSync } from "node:zlib";
import { expect, test } from "vitest";
import { MsgpackReader } from "../../kit/index.ts";
import { rowMessage } from "./row_message.ts";

const row = {
  key: "q 1",
  query: "q",
  timeMs: 1_763_632_800_123,
  row: { host: "a", n: 2n ** 60n, at: new Date(5), list: [1, { x: null }] },
};
const TAG = Buffer.from([0x93, 0xa1, 0x74]);

test("a row is PackedForward of one entry, with a chunk that is the same for every try", () => {
  const { bytes, chunk } = rowMessage(row, { tag: "t", isCompressed: false, isAcknowledged: true });
  expect(bytes.subarray(0, 4)).toEqual(Buffer.concat([TAG, Buffer.from([0xc6])]));
  const packed = bytes.subarray(8, 8 + bytes.readUInt32BE(4));
  expect(packed.subarray(0, 11).toString("hex")).toBe("92d700691ee6a00754d4c0");
  expect(new MsgpackReader(packed.subarray(11)).value()).toEqual({ host: "a", n: 2n ** 60n, at: 5, list: [1, { x: null }] });
  expect(new MsgpackReader(bytes.subarray(8 + packed.length)).value()).toEqual({ size: 1, compressed: "text", chunk });
  expect(rowMessage(row, { tag: "other", isCompressed: true, isAcknowledged: true }).chunk).toBe(chunk);
  expect(rowMessage({ ...row, key: "q 2" }, { tag: "t", isCompressed: false, isAcknowledged: true }).chunk).not.toBe(chunk);
});

test("it can be compressed, and ask for nothing", () => {
  const { bytes } = rowMessage(row, { tag: "t", isCompressed: true, isAcknowledged: false });
  const packed = bytes.subarray(8, 8 + bytes.readUInt32BE(4));
  expect(gunzipSync(packed)[0]).toBe(0x92);
  expect(new MsgpackReader(bytes.subarray(8 + packed.length)).value()).toEqual({ size: 1, compressed: "gzip" });
});
