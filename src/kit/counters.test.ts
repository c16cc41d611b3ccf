import { expect, test } from "vitest";
import { Counters } from "./index.ts";

test("the same name and labels are the same counter, whatever the order of the labels", () => {
  const counters = new Counters();
  counters.counter("tail_lines_refused", "Lines that are not of the format.", { source: "tail", reason: "length" }).add();
  counters.counter("tail_lines_refused", "Lines that are not of the format.", { reason: "length", source: "tail" }).add(2);
  counters.counter("tail_lines_refused", "Lines that are not of the format.", { reason: "utf8", source: "tail" }).add(10);
  expect(counters.read().map(({ labels, value }) => [labels["reason"], value])).toEqual([
    ["length", 3],
    ["utf8", 10],
  ]);
});

test("labels that look alike when joined are kept apart", () => {
  const counters = new Counters();
  counters.counter("rows", "Rows.", { a: "1,b:2" }).add(1);
  counters.counter("rows", "Rows.", { a: "1", b: "2" }).add(2);
  expect(counters.read().map(({ value }) => value)).toEqual([1, 2]);
});

test("a reading is of the moment it was made", () => {
  const counters = new Counters();
  const lines = counters.counter("lines_read", "Lines read.");
  const before = counters.read();
  lines.add(5);
  expect(before).toEqual([{ name: "lines_read", labels: {}, help: "Lines read.", value: 0 }]);
  expect(counters.read()[0]?.value).toBe(5);
});
