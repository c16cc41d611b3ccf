import { expect, test } from "vitest";
import { openDatabase } from "../kit/index.ts";
import { EnforcerMemory, LEDGER_MIGRATIONS } from "./index.ts";

test("what an enforcer set last is there again, under its key and no other", async () => {
  const database = await openDatabase({ path: ":memory:", migrations: LEDGER_MIGRATIONS });
  new EnforcerMemory(database).set("acl-1", [1]);
  new EnforcerMemory(database).set("acl-1", [1, 2]);
  expect(new EnforcerMemory(database).get("acl-1")).toEqual([1, 2]);
  expect(new EnforcerMemory(database).get("acl-2")).toBeUndefined();
  new EnforcerMemory(database).set("acl%2", null);
  expect(new EnforcerMemory(database).entries("acl")).toEqual(
    new Map<string, unknown>([
      ["-1", [1, 2]],
      ["%2", null],
    ]),
  );
  new EnforcerMemory(database).delete("acl-1");
  expect(new EnforcerMemory(database).entries("acl-").size).toBe(0);
  database.close();
});
