import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { FakeSourceContext } from "../../../test/suites/source_fakes.ts";
import { MemoryPool, StreamBuffer } from "../stream_buffer.ts";
import { MessageTaker } from "./message_taker.ts";
import { MsgpackFramer } from "./msgpack_framer.ts";

const CORPUS = join(import.meta.dirname, "../../../../shared/corpus/forward");
const FILES = ["forward_plain", "forward_gzip", "forward_ack"] as const;

interface Recorded {
  readonly conn: number;
  readonly ev: string;
  readonly hex?: string;
}

/** What each connection sent in a capture of real Fluentd. */
function connections(name: string): Buffer[] {
  const recorded = JSON.parse(readFileSync(join(CORPUS, `${name}.json`), "utf8")) as Recorded[];
  const sent = new Map<number, Buffer>();
  for (const { conn, hex } of recorded) {
    if (hex !== undefined) sent.set(conn, Buffer.concat([sent.get(conn) ?? Buffer.alloc(0), Buffer.from(hex, "hex")]));
  }
  return [...sent.values()];
}

const context = new FakeSourceContext({ folder: "/" });
let runs = 0;

/** The events of bytes that come in these pieces. */
function eventsOf(pieces: readonly Buffer[]): readonly { readonly at: number }[] {
  const before = context.events("web_access").length;
  // Each run knows no chunk yet.
  const taker = new MessageTaker({
    context,
    positionKey: `run ${++runs}`,
    target: undefined,
    tagOf: (tag) => tag,
    decompressedBytesMax: 1 << 20,
  });
  const [buffer, framer] = [new StreamBuffer(new MemoryPool()), new MsgpackFramer()];
  for (const piece of pieces) {
    const bytes = buffer.with(piece);
    const { wholeEnd, problem } = framer.scan(bytes, bytes.length);
    expect(problem).toBe(undefined);
    taker.take(bytes.subarray(0, wholeEnd), 5);
    buffer.keep(bytes, wholeEnd);
  }
  taker.flush();
  expect(context.said).toEqual([]);
  expect(buffer.length).toBe(0);
  return context.events("web_access").slice(before);
}

describe.skipIf(!existsSync(CORPUS))("what real Fluentd sends (recorded; skipped where the recordings are not)", () => {
  test.each(FILES)("%s is read in full, at the times of its entries", (name) => {
    const all = connections(name).map((bytes) => eventsOf([bytes]));
    expect(all.flat()).toHaveLength(14);
    for (const event of all.flat()) expect(event).toEqual({ at: expect.any(Number), host: "10.0.0.1", code: 404, path: "/x" });
    for (const times of all.map((events) => events.map(({ at }) => at))) {
      expect(times).toEqual(times.toSorted((left, right) => left - right));
      expect(new Date(times[0]!).getUTCFullYear()).toBe(2026);
    }
  });

  test.each(FILES)("%s is read the same wherever it is cut in two, and byte by byte", (name) => {
    for (const bytes of connections(name)) {
      const whole = eventsOf([bytes]);
      for (let cut = 1; cut < bytes.length; cut++) expect(eventsOf([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(whole);
      expect(eventsOf(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)))).toEqual(whole);
    }
  });
});
