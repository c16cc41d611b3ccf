import fc from "fast-check";
import { expect, test } from "vitest";
import { MemoryPool, StreamBuffer } from "./stream_buffer.ts";

test("what waits stands before what comes, in little more memory than it needs, and what was handed out never changes", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ length: fc.integer({ min: 1, max: 50 }), taken: fc.nat(60) }), { maxLength: 20 }), (steps) => {
      const buffer = new StreamBuffer(new MemoryPool());
      let waiting = "";
      let number = 0;
      const handedOut: { readonly bytes: Buffer; readonly text: string }[] = [];
      for (const { length, taken } of steps) {
        const piece = Buffer.alloc(length, String(number++ % 10));
        const bytes = buffer.with(piece);
        waiting += piece.toString();
        expect(bytes.toString()).toBe(waiting);
        const start = Math.min(taken, bytes.length);
        handedOut.push({ bytes: bytes.subarray(0, start), text: waiting.slice(0, start) });
        buffer.keep(bytes, start);
        waiting = waiting.slice(start);
        expect(buffer.length).toBe(waiting.length);
        expect(buffer.heldBytes).toBeLessThanOrEqual(waiting.length * 2 + 50);
      }
      for (const { bytes, text } of handedOut) expect(bytes.toString()).toBe(text);
    }),
  );
});

test("a piece that comes whole is not copied", () => {
  const buffer = new StreamBuffer(new MemoryPool());
  const piece = Buffer.from("whole");
  expect(buffer.with(piece)).toBe(piece);
  buffer.keep(piece, piece.length);
  expect(buffer.heldBytes).toBe(0);
});

test("memory that was given back is used again, and what is held free is bounded", () => {
  const pool = new MemoryPool();
  const memory = pool.take(100_000);
  pool.give(memory);
  expect(pool.take(70_000) === memory).toBe(true);
  expect(pool.take(70_000) === memory).toBe(false);
  const large = pool.take(17 << 20);
  pool.give(large);
  expect(pool.take(17 << 20) === large).toBe(false);
  const small = pool.take(100);
  pool.give(small);
  expect(pool.take(100) === small).toBe(false);
});
