import { expect, test } from "vitest";
import { stepsTo } from "./place_fields.ts";

test("the steps to a name are those of the language", () => {
  expect(stepsTo("region", "fr")).toEqual([Buffer.from("subdivisions"), 0, Buffer.from("names"), Buffer.from("fr")]);
  expect(stepsTo("asn", "fr")).toEqual([Buffer.from("autonomous_system_number")]);
});
