import { expect, test } from "vitest";
import { missingPackage } from "./needed_package.ts";

test("a package that is not installed is told of with the command that installs it", () => {
  expect(missingPackage({ name: "no-such-package", version: "1.2.3" })).toBe(
    "the package no-such-package is not installed, which this works with. Install it where Hotaka is installed: npm install no-such-package@1.2.3",
  );
  expect(missingPackage({ name: "zod", version: "4.6.7" })).toBeUndefined();
});
