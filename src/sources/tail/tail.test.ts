import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { sourceSuite } from "../../../test/suites/source_suite.ts";
import { tail } from "./tail.ts";

sourceSuite(tail, (folder) => {
  writeFileSync(join(folder, "one.log"), "a\n".repeat(3000));
  writeFileSync(join(folder, "two.log"), "b\n".repeat(2000));
  return { settings: { path: ["one.log", "two.log", "./one.log"], format: "none", target: "events", from: "start" }, events: 5000 };
});

test.each([
  ["path", "/var/log/{a", /a closing brace/],
  ["encoding", "utf-16", /an encoding such as/],
])("a %s %j is refused", (setting, value, wrong) => {
  const result = tail.config(z).safeParse({ path: "/log", format: "none", target: "log", [setting]: value });
  expect(JSON.stringify(result.error?.issues)).toMatch(wrong);
});

test("settings are in the words of a person", () => {
  const settings = tail
    .config(z)
    .parse({ path: "/log", format: "combined", target: "access", line_bytes_max: "64KB", poll_interval: "1s" });
  expect(settings).toEqual({
    path: ["/log"],
    format: { name: "combined", config: {} },
    target: "access",
    from: "end",
    line_bytes_max: 65_536,
    poll_interval: 1000,
    poll_interval_max: 1000,
    rotated_wait: 5000,
    exclude: [],
    rescan_interval: 5000,
    files_max: 10_000,
    encoding: "utf-8",
  });
});
