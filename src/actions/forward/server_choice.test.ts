import { expect, test } from "vitest";
import { ServerChoice } from "./server_choice.ts";

function servers(...all: readonly (readonly [name: string, weight: number, standby?: boolean, isUp?: boolean])[]) {
  return all.map(([name, weight, standby = false, isUp = true]) => ({ name, weight, standby, isUp }));
}

test("servers have their turns by weight, spread evenly", () => {
  const choice = new ServerChoice(servers(["a", 5], ["b", 1], ["c", 1]));
  const turns = Array.from({ length: 14 }, () => choice.order()[0]?.name);
  expect(turns.join("")).toBe("aabacaaaabacaa");
});

test("one on standby has its turn only while no other is up, and what is down is tried last", () => {
  const all = servers(["a", 1], ["b", 1], ["spare", 1, true]);
  const choice = new ServerChoice(all);
  const order = (): string =>
    choice
      .order()
      .map(({ name }) => name)
      .join(" ");
  expect([order(), order()]).toEqual(["a b spare", "b a spare"]);
  all[0]!.isUp = false;
  expect([order(), order()]).toEqual(["b spare a", "b spare a"]);
  all[1]!.isUp = false;
  expect(order()).toBe("spare a b");
  all[2]!.isUp = false;
  expect(order()).toBe("a b spare");
});
