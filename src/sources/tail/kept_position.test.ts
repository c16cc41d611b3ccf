import { expect, test } from "vitest";
import { type KeptPosition, parseKeptPosition } from "./kept_position.ts";

const FILE = { inode: 1, offset: 10, is_skipping: false, check: 5, check_bytes: 10 };

test("a position that was kept as JSON is the same position", () => {
  const kept: KeptPosition = { files: [FILE, { ...FILE, inode: 2 }], finished: [] };
  expect(parseKeptPosition(JSON.parse(JSON.stringify(kept)))).toEqual(kept);
});

test.each([undefined, 1, {}, { files: [] }, { files: [1], finished: [] }, { files: [{ ...FILE, offset: -1 }], finished: [] }])(
  "%j is none",
  (value) => {
    expect(parseKeptPosition(value)).toBeUndefined();
  },
);
