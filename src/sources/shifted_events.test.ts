import { expect, test } from "vitest";
import { FakeSourceContext } from "../../test/suites/source_fakes.ts";
import { ShiftedEvents } from "./shifted_events.ts";

test("events come to the other writer as they are, at another time", () => {
  const context = new FakeSourceContext({ folder: "/" });
  const { columns } = context.openIntake("app");
  const shifted = new ShiftedEvents(columns, 1000);
  expect([shifted.take({ a: 1 }, 5), shifted.take({ a: 2, b: "x" }, 7), shifted.take([], 7)]).toEqual([true, true, false]);
  shifted.flush();
  expect(context.events("app")).toMatchObject([
    { at: 1005, a: 1 },
    { at: 1007, a: 2, b: "x" },
  ]);
});
