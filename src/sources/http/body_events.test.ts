import { describe, expect, test } from "vitest";
import { FakeSourceContext } from "../../../test/suites/source_fakes.ts";
import { msgpackOf } from "../../kit/index.ts";
import { NamedTargets } from "../named_targets.ts";
import { type BodyType, takeBody } from "./body_events.ts";

const LINES = Buffer.from('{"a":1}\n\n{"a":2}\r\nno\n');

test.each<[BodyType, Buffer, unknown[]]>([
  ["json", Buffer.from('[{"a":1},{"a":2}]'), [{ a: 1 }, { a: 2 }]],
  ["json", Buffer.from('{"a":1}'), [{ a: 1 }]],
  ["json", Buffer.from('[{"a":9007199254740993}]'), [{ a: 9_007_199_254_740_993n }]],
  ["ndjson", Buffer.from('{"a":-9223372036854775808}\n'), [{ a: -(2n ** 63n) }]],
  ["ndjson", Buffer.from('{"a":1}\n\n{"a":2}'), [{ a: 1 }, { a: 2 }]],
  ["ltsv", Buffer.from("a:x\tb:y\r\na:z\n"), [{ a: "x", b: "y" }, { a: "z" }]],
  ["msgpack", Buffer.concat([msgpackOf({ a: 1 }), msgpackOf([{ a: 2 }])]), [{ a: 1 }, { a: 2 }]],
])("a body of %s gives its events, each of the time it came", (type, body, expected) => {
  const { result, events } = taken(body, type);
  expect(result).toEqual({ events: expected.length, refused: 0, problem: undefined });
  expect(events).toMatchObject(expected.map((event) => ({ at: 7, ...(event as object) })));
});

describe("what is no event is counted, the first is said with its place, and the rest is taken", () => {
  test.each<[BodyType, Buffer, number, string]>([
    ["ndjson", LINES, 2, "line 4 is no object of JSON"],
    ["json", Buffer.from('[{"a":1},{"a":2}'), 0, "the body is not JSON"],
    ["json", Buffer.from("[1]"), 0, "the body holds what is no object"],
    ["ltsv", Buffer.from("a:1\nnothing\n"), 1, "line 2 has no label:value"],
    ["msgpack", Buffer.concat([msgpackOf({ a: 1 }), Buffer.from([0x92, 0x01])]), 1, "no whole value of MessagePack is at byte 4"],
    ["msgpack", msgpackOf([5, { a: 1 }]), 1, "what is at byte 1 is no map"],
  ])("%s", (type, body, events, problem) => {
    expect(taken(body, type).result).toEqual({ events, refused: 1, problem });
  });
});

function taken(body: Buffer, type: BodyType): { result: unknown; events: unknown } {
  const context = new FakeSourceContext({ folder: "/" });
  const targets = new NamedTargets(context);
  const result = takeBody(body, type, targets.find("t")!, 7);
  targets.flush();
  return { result, events: context.events("t") };
}
