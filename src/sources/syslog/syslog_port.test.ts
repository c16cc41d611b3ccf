import { expect, test } from "vitest";
import { plainAddress } from "./syslog_port.ts";

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["2001:db8::1", "2001:db8::1"],
  [undefined, "-"],
])("the address %s is written %s", (address, written) => {
  expect(plainAddress(address)).toBe(written);
});
