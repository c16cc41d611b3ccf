import { expect, test } from "vitest";
import { Schema } from "./index.ts";

test("two readers of one target share the dictionary of a field", () => {
  const schema = new Schema("access", { host: "string", agent: "string" });
  const host = schema.field("host")!;
  expect(schema.dictionary(host)).toBe(schema.dictionary(host));
  expect(schema.dictionary(host)).not.toBe(schema.dictionary(schema.field("agent")!));
});
