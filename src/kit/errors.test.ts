import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { assert, AssertionError, errnoOf, HotakaError, messageOf } from "./index.ts";

test("an error carries its code, its sentence, its details and its cause", () => {
  const cause = new Error("EACCES");
  const error = new HotakaError("HOTAKA_SOURCE_OPEN", "x.log may not be read.", { details: { path: "x.log" }, cause });
  expect(error).toBeInstanceOf(Error);
  expect(error).toMatchObject({ code: "HOTAKA_SOURCE_OPEN", message: "x.log may not be read.", details: { path: "x.log" }, cause });
});

test("an error without a cause has no property of that name, so that printing it shows none", () => {
  expect(Object.hasOwn(new HotakaError("HOTAKA_STOPPING", "The daemon is stopping."), "cause")).toBe(false);
});

test("a broken promise of the code is not an expected failure", () => {
  expect(() => assert(1 + 1 === 3, "one and one are three")).toThrow(AssertionError);
  expect(() => assert(1 + 1 === 3, "one and one are three")).toThrow(/one and one are three/);
  expect(() => assert(true, "never said")).not.toThrow();
});

test("anything that was thrown has a sentence", () => {
  expect(messageOf(new Error("no room"))).toBe("no room");
  expect(messageOf("no room")).toBe("no room");
  expect(messageOf(undefined)).toBe("undefined");
});

test("a failed system call has its errno name, other errors have none", () => {
  expect(errnoOf(thrownBy(() => readFileSync("/no/such/file")))).toBe("ENOENT");
  expect(errnoOf(thrownBy(() => readFileSync("/")))).toBe("EISDIR");
  expect(errnoOf(new Error("ENOENT"))).toBeUndefined();
  expect(errnoOf({ code: "ENOENT" })).toBeUndefined();
});

function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (thrown) {
    return thrown;
  }
  return undefined;
}
