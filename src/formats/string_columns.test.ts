import { expect, test } from "vitest";
import { Schema, valueAt } from "../event/index.ts";
import { filledStrings } from "./string_columns.ts";

test.each(["key", "value"] as const)("a column of a %s keeps what it was filled with when the bytes have changed", (use) => {
  const schema = new Schema("lines", { message: "string" });
  const column = filledStrings(schema, schema.field("message")!, use, 4);
  const bytes = Buffer.from("日本 and more");
  column.set(0, bytes, 0, 6);
  column.setNull(1);
  column.set(2, bytes, 0, 0);
  bytes.fill("x");
  column.set(3, bytes, 0, 2);
  expect([0, 1, 2, 3].map((row) => valueAt(column, row))).toEqual(["日本", null, "", "xx"]);
});
