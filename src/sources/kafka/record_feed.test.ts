import { expect, test } from "vitest";
import { z } from "zod";
import { RecordingIntake, RecordingOpenIntake } from "../../../test/suites/source_fakes.ts";
import { msgpackOf } from "../../kit/index.ts";
import { formatSetting, openFormat } from "../format_setting.ts";
import { LineFeed, MsgpackFeed, ObjectFeed } from "./record_feed.ts";

const formatOf = (name: string) => openFormat(formatSetting(z).parse(name));

test("lines of one time are scanned together, those of another apart, and a value that is larger than the buffer whole", () => {
  const format = formatOf("none");
  const intake = new RecordingIntake("t", format.fields);
  const feed = new LineFeed(format, intake, (reason) => expect.fail(reason));
  feed.take(Buffer.from("a\n"), 1);
  feed.take(Buffer.from("b\r\n"), 1);
  expect(intake.events).toEqual([]);
  feed.take(Buffer.from("c"), 2);
  feed.take(Buffer.alloc(600_000, "x"), 2);
  feed.flush();
  feed.flush();
  expect(intake.events.map(({ at, message }) => [at, (message as string).slice(0, 3)])).toEqual([
    [1, "a"],
    [1, "b"],
    [2, "c"],
    [2, "xxx"],
  ]);
});

test("what is refused is told with the part that is not of the format", () => {
  const reasons: string[] = [];
  const refuse = (reason: string): void => void reasons.push(reason);
  const [objects, maps] = [new RecordingOpenIntake("t"), new RecordingOpenIntake("t")];
  const json = new ObjectFeed(objects, formatOf("json").events!(), refuse);
  const msgpack = new MsgpackFeed(maps, refuse);
  for (const value of ['{"a":1}', "{"]) json.take(Buffer.from(value), 5);
  for (const value of [msgpackOf({ b: 2 }), Buffer.from([0xc1])]) msgpack.take(value, 6);
  json.flush();
  msgpack.flush();
  expect([objects.events, maps.events]).toEqual([[{ at: 5, a: 1 }], [{ at: 6, b: 2 }]]);
  expect(reasons).toEqual([expect.stringMatching(/^\w+$/), "msgpack"]);
});
