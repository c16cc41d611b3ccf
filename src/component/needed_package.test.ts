import { expect, test } from "vitest";
import { missingPackage } from "./needed_package.ts";

test("a package that is not installed is told of with the command that installs it", () => {
  expect(missingPackage("kafka", { name: "no-such-package", version: "1.2.3" })).toBe(
    "kafka works with the package no-such-package, which is not installed. Install it where Hotaka is installed: npm install no-such-package@1.2.3",
  );
  expect(missingPackage("kafka", { name: "zod", version: "4.6.7" })).toBeUndefined();
});
