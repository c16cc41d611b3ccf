import { expect, test } from "vitest";
import { formatSize, parseSize } from "./index.ts";

test.each([
  ["0", 0],
  ["512b", 512],
  ["64MB", 67_108_864],
  ["64 MiB", 67_108_864],
  ["1.5 GB", 1_610_612_736],
  ["2T", 2_199_023_255_552],
  ["10k", 10_240],
])("%s is a size", (text, bytes) => {
  expect(parseSize(text)).toBe(bytes);
});

test.each(["", "12", "MB", "-1 MB", "1 MB 2 KB", "1 PB", "1e3 B", "12 i"])("%j is not a size", (text) => {
  expect(parseSize(text)).toBeUndefined();
});

test.each([
  [0, "0 bytes"],
  [1023, "1023 bytes"],
  [1024, "1.00 KB"],
  [1_310_720, "1.25 MB"],
  [536_870_912, "512 MB"],
  [5 * 1024 ** 5, "5120 TB"],
])("%i bytes read as a person would say it", (bytes, text) => {
  expect(formatSize(bytes)).toBe(text);
});
