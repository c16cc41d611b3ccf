import { expect, test } from "vitest";
import { fieldsOfStats } from "./norikra_stats.ts";

test("fields stand by the names of their targets, with the types of settings", () => {
  const stats = {
    targets: [
      {
        name: "www",
        fields: [{ name: "path", type: "string", optional: false }, { name: "req.size", type: "long" }, { name: "odd", type: "?" }, {}],
      },
      { name: "none" },
      "x",
    ],
    queries: [],
  };
  expect([...fieldsOfStats(JSON.stringify(stats), "s.json")]).toEqual([
    ["www", { path: "string", "req.size": "integer", odd: "string" }],
    ["none", {}],
    ["", {}],
  ]);
  expect(fieldsOfStats("null", "s.json").size).toBe(0);
});

test("what is no JSON is refused", () => {
  expect(() => fieldsOfStats("{", "s.json")).toThrow("s.json is not JSON.");
});
