import { describe, expect, test } from "vitest";
import { z } from "zod";
import { filterSuite, filtered } from "../../../test/suites/filter_suite.ts";
import { grep } from "./grep.ts";

describe("filter grep", () => {
  filterSuite(grep);

  const events = [
    { n: 0, level: "error", path: "/a" },
    { n: 1, level: "WARN", path: "/health" },
    { n: 2, level: "info", path: "/health" },
    { n: 3, path: "/b" },
    { n: 4, level: 5, path: null },
  ];

  test.each([
    [{ include: { level: "/error|warn/i" } }, [0, 1]],
    [{ exclude: { path: "^/health" } }, [0, 3, 4]],
    [{ include: { level: "." }, exclude: { path: "health" } }, [0, 4]],
    [{ include: { level: "^5$", path: "^/b" } }, []],
    [{ include: { level: "^5$", path: "^/b" }, any: true }, [3, 4]],
  ])("%j lets on the events %j", (settings, wanted) => {
    expect(filtered(grep, settings, events).map(({ n }) => n)).toEqual(wanted);
  });

  test("reads what is nested by its path, unless the event has a field of that very name", () => {
    const kube = { ns: "kube-system" };
    const nested = [
      { n: 0, k: { ns: "web" } },
      { n: 1, k: kube },
      { n: 2, "k.ns": "kube-system", k: { ns: "web" } },
      { n: 3, k: "kube-system" },
    ];
    expect(filtered(grep, { exclude: { "k.ns": "^kube-" } }, nested).map(({ n }) => n)).toEqual([0, 3]);
  });

  test("takes a value that is nested as its JSON", () => {
    expect(filtered(grep, { include: { tags: '"red"' } }, [{ tags: ["red"] }, { tags: ["blue"] }])).toEqual([{ tags: ["red"] }]);
  });

  test.each([
    [{}, "a field in include or in exclude was wanted"],
    [{ include: { a: "(?=b)" } }, "lookahead"],
  ])("%j is refused", (settings, wrong) => {
    expect(JSON.stringify(grep.config(z).safeParse(settings).error?.issues)).toContain(wrong);
  });
});
