import { describe, expect, test } from "vitest";
import { z } from "zod";
import { componentSuite } from "../../../test/suites/component_suite.ts";
import { kafka } from "./kafka.ts";

describe("source kafka", () => {
  componentSuite(kafka);

  const parsed = (settings: object) => kafka.config(z).safeParse({ brokers: ["k:9092"], topics: ["a"], ...settings });

  test("a topic stands in the list once, and json is what values are", () => {
    expect(parsed({ topics: ["a", "b", "a"], target: "t" }).data).toMatchObject({ topics: ["a", "b"], format: { name: "json" } });
    expect(parsed({ format: "msgpack", target: "t" }).data).toMatchObject({ format: "msgpack" });
  });

  test.each([
    [{}, "target was wanted, the name of the target that receives the events."],
    [{ target: "t", tag: "t" }, "target and tag were found; one of them was wanted."],
    [{ target: "t", topics: ["a b"] }, "the name of a topic was wanted"],
    [{ target: "t", topics: [] }, "Too small"],
  ])("%j is refused", (settings, wrong) => {
    expect(JSON.stringify(parsed(settings).error?.issues)).toContain(wrong);
  });

  test("the targets and tags that are known before anything runs are named", () => {
    const known = (settings: object) => {
      const config = kafka.config(z).parse({ brokers: ["k:9092"], topics: ["a"], ...settings });
      return [kafka.targets(config), kafka.tags?.(config)];
    };
    expect(known({ target: "t" })).toEqual([{ t: "timed" }, {}]);
    expect(known({ target: "t", format: "msgpack" })).toEqual([{ t: "timed" }, {}]);
    expect(known({ tag: "kafka.*" })).toEqual([undefined, {}]);
    expect(known({ tag: "kafka", format: "none" })).toEqual([{}, { kafka: { message: "string" } }]);
  });
});
