import { expect, test } from "vitest";
import { Counter, VirtualClock } from "../../kit/index.ts";
import { SaidLines } from "./said_lines.ts";

test("twenty lines in ten seconds are told, the rest is counted, and then it is told again", () => {
  const [clock, dropped, told] = [new VirtualClock(0), new Counter(), [] as string[]];
  const said = new SaidLines({ clock, dropped, tell: (line) => void told.push(line) });
  said.add(Buffer.from("be"));
  said.add(Buffer.from(`gun\n\n${"x\u001B[2J\n".repeat(1000)}`));
  expect(told.slice(0, 2)).toEqual(["begun", "x\uFFFD[2J"]);
  expect(told).toHaveLength(21);
  expect(told.at(-1)).toContain("more than can be told");
  expect(dropped.value).toBe(981);
  clock.advanceTo(10_000);
  said.add(Buffer.from("later\n"));
  expect(told.at(-1)).toBe("later");
});

test("a line without an end takes no memory without end", () => {
  const told: string[] = [];
  const said = new SaidLines({ clock: new VirtualClock(0), dropped: new Counter(), tell: (line) => void told.push(line) });
  for (let piece = 0; piece < 100; piece++) said.add(Buffer.alloc(10_000, "x"));
  said.add(Buffer.from("\n"));
  expect(told[0]!.length).toBeLessThanOrEqual(500);
});
