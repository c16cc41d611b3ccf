import { expect, test } from "vitest";
import { isRole, mayDo, ROLES } from "./index.ts";

test("each role may do what those before it may, and no more", () => {
  expect(ROLES.map((held) => ROLES.filter((wanted) => mayDo(held, wanted)))).toEqual([
    ["read"],
    ["read", "operate"],
    ["read", "operate", "admin"],
  ]);
});

test("a role is one of three words", () => {
  expect(["read", "operate", "admin", "root", "Read", "", "constructor"].filter(isRole)).toEqual(["read", "operate", "admin"]);
});
