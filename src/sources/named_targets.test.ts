import * as zlib from "node:zlib";
import { describe, expect, test } from "vitest";
import { FakeSourceContext, RecordingOpenIntake } from "../../test/suites/source_fakes.ts";
import { HotakaError, messageOf } from "../kit/index.ts";
import { decompressed } from "./decompressed.ts";
import { NamedTargets } from "./named_targets.ts";
import { RefusalCounter } from "./refusal_counter.ts";

describe("targets that events name", () => {
  test("are opened when they are first named, by a name that SQL can say, and handed what was read at each flush", () => {
    const context = new FakeSourceContext({ folder: "/" });
    const targets = new NamedTargets(context);
    targets.find("web.access")?.intake.columns.take({ a: 1 }, 5);
    expect(targets.find("web.access")).toBe(targets.find("web.access"));
    targets.flush();
    expect(context.events("web_access")).toEqual([{ at: 5, a: 1 }]);
  });

  test("are opened again when they were closed", () => {
    const context = new FakeSourceContext({ folder: "/" });
    const intakes = [new RecordingOpenIntake("t"), new RecordingOpenIntake("t")];
    context.openIntake = () => intakes.shift()!;
    const targets = new NamedTargets(context);
    const first = targets.find("t");
    Object.assign(first!.intake, { isClosed: true });
    expect(targets.find("t")).not.toBe(first);
  });

  test("that cannot be are counted, and said the first time", () => {
    const context = new FakeSourceContext({ folder: "/" });
    context.openIntake = () => {
      throw new HotakaError("HOTAKA_FIELD_CONFLICT", "no such name.");
    };
    const targets = new NamedTargets(context);
    for (let time = 0; time < 5; time++) expect(targets.find("5")).toBe(undefined);
    expect(context.counted("source_targets_refused")).toBe(5);
    expect(context.said).toEqual(["warn: sources[0] (test): no such name. (1 so far)"]);
  });
});

test("refusals are said the first time, the tenth and the hundredth, by reason", () => {
  const context = new FakeSourceContext({ folder: "/" });
  const refused = new RefusalCounter(context, "x_refused", "Refused.");
  for (let time = 0; time < 12; time++) refused.add("shape", "a thing was refused.");
  refused.add("size", "a thing was too large.", 150);
  expect(context.said).toEqual([
    "warn: sources[0] (test): a thing was refused. (1 so far)",
    "warn: sources[0] (test): a thing was refused. (10 so far)",
    "warn: sources[0] (test): a thing was too large. (150 so far)",
  ]);
  expect(refused.total).toBe(162);
});

describe("what is compressed", () => {
  const bytes = Buffer.from("events ".repeat(100));

  test("is read, also where it is of several members", () => {
    expect(decompressed(Buffer.concat([zlib.gzipSync("a"), zlib.gzipSync("b")]), "gzip", 10).toString()).toBe("ab");
    expect(decompressed(zlib.gzipSync(bytes), "gzip", bytes.length)).toEqual(bytes);
  });

  test("is refused where more is in it than is taken, and no more is made", () => {
    expect(() => decompressed(zlib.gzipSync(Buffer.alloc(50_000_000)), "gzip", 1 << 20)).toThrow(
      "its gzip cannot be read: there is more than 1.00 MB in it.",
    );
  });

  test("is refused where it is damaged", () => {
    expect(() => decompressed(bytes, "gzip", 100)).toThrow("its gzip cannot be read: incorrect header check.");
    expect(() => decompressed(zlib.gzipSync(bytes).subarray(0, 20), "gzip", 1000)).toThrow(
      "its gzip cannot be read: unexpected end of file.",
    );
    expect(() => decompressed(bytes, "deflate", 100)).toThrow(expect.objectContaining({ code: "HOTAKA_SOURCE_DATA" }));
  });

  test("with zstd is read where Node can, and else refused in so many words", () => {
    const frame = Buffer.from("28b52ffd200109000061", "hex");
    const read = (): string => decompressed(frame, "zstd", 100).toString();
    expect(attempt(read)).toBe("zstdDecompressSync" in zlib ? "a" : "it is compressed with zstd, which Node reads from version 22.15 on.");
  });
});

function attempt(step: () => string): string {
  try {
    return step();
  } catch (thrown) {
    return messageOf(thrown);
  }
}
