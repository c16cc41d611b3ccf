import { expect, test } from "vitest";
import { scanLines } from "../../test/suites/scan_lines.ts";
import { Demand, Schema } from "../event/index.ts";
import { keyedFormat } from "./keyed_format.ts";

const putNothing = (): void => {};
const settings = { types: { size: "integer" }, time_key: "t", time_format: "epoch", time_zone: "UTC" } as const;

test("a parser looks for the fields that somebody wants and for the time, with their types", () => {
  const asked: unknown[] = [];
  const format = keyedFormat(
    settings,
    (names, types) => {
      asked.push([names, types]);
      return { parse: () => undefined };
    },
    putNothing,
  );
  expect(format.fields).toEqual({ size: "integer", t: "integer" });
  const schema = new Schema("x", { other: "float", ...format.fields });
  const demand = new Demand();
  demand.ask({}, new Map([["other", "value"]]));
  format.scanner(schema, demand);
  expect(asked).toEqual([
    [
      ["other", "t"],
      ["float", "integer"],
    ],
  ]);
});

test("what the parser finds is the event, at its own time", () => {
  const format = keyedFormat(
    settings,
    (names) => ({
      parse: (_bytes, start, end, found) => {
        found.set(names.indexOf("t"), start, end - 1);
        if (names.includes("size")) found.set(names.indexOf("size"), end - 1, end);
        return undefined;
      },
    }),
    putNothing,
  );
  expect(scanLines(format, "17007\n").rows).toEqual([{ at: 1_700_000, t: 1_700_000, size: 7 }]);
});

test("where no types are said, whatever is in a line can be taken", () => {
  const parser = () => ({ parse: () => undefined });
  expect(keyedFormat(settings, parser, putNothing).events).toBeUndefined();
  expect(keyedFormat({ ...settings, types: {} }, parser, putNothing).events).toBeDefined();
});
