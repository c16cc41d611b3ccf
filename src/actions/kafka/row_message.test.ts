import { expect, test } from "vitest";
import type { ActionRow } from "../../component/index.ts";
import { rowMessage } from "./row_message.ts";

const row: ActionRow = {
  key: "q 1",
  query: "block.flood",
  timeMs: 1_763_632_800_123.5,
  row: { host: "203.0.113.7", n: 2n ** 60n, no: null },
};

test("the columns are the value, and headers name the row", () => {
  expect(rowMessage(row, () => "blocks", "host")).toEqual({
    topic: "blocks",
    key: "203.0.113.7",
    value: Buffer.from('{"host":"203.0.113.7","n":1152921504606846976,"no":null}'),
    headers: { "hotaka-key": "q 1", "hotaka-query": "block.flood" },
    timestamp: "1763632800123",
  });
});

test.each([
  [undefined, null],
  ["n", "1152921504606846976"],
  ["no", null],
  ["missing", null],
  ["__proto__", null],
])("with the column %j for a key it is %j", (column, key) => {
  expect(rowMessage(row, () => "t", column).key).toBe(key);
});
