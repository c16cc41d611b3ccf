import { describe, expect, test } from "vitest";
import type { FilterOperator } from "../plan/filter_key.ts";
import type { Value } from "../../event/index.ts";
import { FilterTree, type Waiting } from "./filter_tree.ts";

interface Named extends Waiting {
  readonly name: string;
}

function filter(name: string, ...asks: readonly (readonly [FilterOperator, ...Value[]])[]): Named {
  return { name, paths: [{ asks: asks.map(([operator, ...values]) => ({ slot: 0, operator, values })), more: false }] };
}

function treeOf(...filters: readonly Named[]): FilterTree<Named> {
  const tree = new FilterTree<Named>();
  for (const one of filters) tree.add(one);
  return tree;
}

function taking(tree: FilterTree<Named>, value: Value): string[] {
  return tree.candidates({ values: [value], timeMs: 0 }).map(({ name }) => name);
}

describe("a tree of filters", () => {
  test("finds those that compare with the value on the right side of it, the least value first", () => {
    const bounds = [5, 1, 3, 7];
    const found = (operator: FilterOperator): string[] =>
      taking(treeOf(...bounds.map((bound) => filter(String(bound), [operator, bound]))), 3);
    expect(found(">")).toEqual(["1"]);
    expect(found(">=")).toEqual(["1", "3"]);
    expect(found("<")).toEqual(["5", "7"]);
    expect(found("<=")).toEqual(["3", "5", "7"]);
    expect(found("=")).toEqual(["3"]);
  });

  test("gives branches in the order in which they came to be, and what asks nothing last", () => {
    const tree = treeOf(filter("any"), filter("over", [">", 1]), filter("equal", ["=", 3]), filter("over too", [">", 0]));
    expect(taking(tree, 3)).toEqual(["over too", "over", "equal", "any"]);
    expect(taking(tree, 1)).toEqual(["over too", "any"]);
  });

  test("forgets a branch with its last filter: it comes to be anew, behind the others", () => {
    const over = filter("over", [">", 1]);
    const tree = treeOf(over, filter("equal", ["=", 3]));
    expect(tree.delete(over)).toBe(true);
    expect(tree.delete(over)).toBe(false);
    tree.add(over);
    expect(taking(tree, 3)).toEqual(["equal", "over"]);
    expect(tree.size).toBe(2);
  });

  test("never finds what is compared with null, and knows it all the same", () => {
    const never = filter("never", [">", null]);
    const tree = treeOf(never, filter("is", ["is", null]));
    expect([taking(tree, 3), taking(tree, null), tree.size]).toEqual([[], ["is"], 2]);
    expect(tree.delete(never)).toBe(true);
  });

  test("finds one that holds in several ways once, where the first of them leads", () => {
    const either = { name: "either", paths: [...filter("", ["=", 3]).paths, ...filter("", [">", 1]).paths] };
    const tree = treeOf(either, filter("over", [">", 0]));
    expect([taking(tree, 3), taking(tree, 2), taking(tree, 1)]).toEqual([["either", "over"], ["over", "either"], ["over"]]);
    expect(tree.delete(either)).toBe(true);
    expect([taking(tree, 3), tree.all().length]).toEqual([["over"], 1]);
  });

  test("is made again by adding all that is in it in its order", () => {
    const tree = treeOf(filter("any"), filter("low", [">", 1], ["!=", 4]), filter("equal", ["=", 3]), filter("lower", [">", 0]));
    expect(taking(treeOf(...tree.all()), 3)).toEqual(taking(tree, 3));
  });
});
