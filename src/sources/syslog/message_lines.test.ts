import { expect, test } from "vitest";
import { MemoryPool } from "../stream_buffer.ts";
import { MessageLines } from "./message_lines.ts";

function written(...messages: string[]): string | undefined {
  const lines = new MessageLines(new MemoryPool());
  for (const message of messages) {
    const bytes = Buffer.from(`..${message}..`, "latin1");
    lines.add("192.0.2.1", bytes, 2, bytes.length - 2);
  }
  return lines.take()?.bytes.toString("latin1");
}

test("a message is a line with its sender in front", () => {
  expect(written("<13>one", "<13>two")).toBe("192.0.2.1 <13>one\n192.0.2.1 <13>two\n");
});

test("newlines within a message are written out, those at its end and NULs are dropped", () => {
  expect(written("<13>a\nb\n\nc\r\n\0")).toBe("192.0.2.1 <13>a#012b#012#012c\n");
  expect(written(`<13>${"\n".repeat(5000)}x`)).toBe(`192.0.2.1 <13>${"#012".repeat(5000)}x\n`);
  expect(written("\n\0")).toBeUndefined();
});

test("lines that were taken stay as they are while others are written", () => {
  const lines = new MessageLines(new MemoryPool());
  lines.add("a", Buffer.from("one"), 0, 3);
  const first = lines.take()?.bytes;
  for (let count = 0; count < 10_000; count++) lines.add("a", Buffer.from("two"), 0, 3);
  expect(first?.toString()).toBe("a one\n");
  expect(lines.take()?.bytes.length).toBe(60_000);
  expect([lines.take(), lines.length]).toEqual([undefined, 0]);
});
