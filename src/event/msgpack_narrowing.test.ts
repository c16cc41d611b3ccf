import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { RecordingIntake } from "../../test/suites/source_fakes.ts";
import { msgpackOf, type MsgpackValue } from "../kit/index.ts";
import { type Batch, EventColumns, MsgpackEvents, MsgpackNarrowing, type Typing, type Use } from "./index.ts";

const FIELDS = { a: "string", b: "integer", c: "string", host: "string" } as const;

/** A target of known fields, of which some are wanted. */
class Target extends RecordingIntake implements Typing {
  readonly version = 0;
  readonly awaited = new Set<string>();
  isLazy = false;
  /** Slots that the batches lacked. */
  readonly lacked: (readonly number[] | undefined)[] = [];
  readonly columns: EventColumns;

  constructor(...wanted: string[]) {
    super("t", FIELDS);
    this.want(wanted);
    this.columns = new EventColumns({ schema: this.schema, demand: this.demand, typing: this, accept: (batch) => this.accept(batch) });
  }

  want(wanted: readonly string[]): void {
    this.demand.ask(this, new Map(wanted.map((name): [string, Use] => [name, "value"])));
  }

  override accept(batch: Batch): void {
    this.lacked.push(batch.lacking);
    super.accept(batch);
  }

  takes(): boolean {
    return false;
  }

  meet(): void {
    throw new Error("nothing is learned here");
  }

  settle(): void {
    throw new Error("nothing is learned here");
  }

  refused(): void {
    // Values that do not fit their field are of no interest here.
  }
}

/** The bytes of a copy without what `target` does not want; undefined where there is none. */
function narrowed(target: Target, bytes: Buffer, end = bytes.length): Buffer | undefined {
  const narrowing = new MsgpackNarrowing(target.columns);
  expect(narrowing.begin()).toBe(true);
  const copy = Buffer.alloc(bytes.length + 3, 0xaa);
  if (narrowing.copy(bytes, 0, end, copy, 0) < 0) return undefined;
  return copy.subarray(0, narrowing.copyEnd);
}

const key = fc.oneof(fc.constantFrom("a", "b", "c", "host", "other", "request_uri"), fc.string({ maxLength: 40 }));
const value: fc.Arbitrary<MsgpackValue> = fc.oneof(
  fc.string({ maxLength: 300 }),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n),
  fc.array(fc.integer(), { maxLength: 3 }),
  fc.dictionary(fc.constantFrom("x", "y"), fc.integer()),
);
const event = fc.dictionary(key, value, { maxKeys: 20 });

describe("a copy of an event without what nobody asks for", () => {
  test("reads as the event does, whatever is in it and whatever is wanted", () => {
    fc.assert(
      fc.property(fc.array(event, { maxLength: 6 }), fc.subarray(Object.keys(FIELDS)), (events, wanted) => {
        const [whole, part] = [new Target(...wanted), new Target(...wanted)];
        const [reader, partReader] = [new MsgpackEvents(whole.columns), new MsgpackEvents(part.columns)];
        const narrowing = new MsgpackNarrowing(part.columns);
        for (const one of events) {
          const bytes = msgpackOf(one);
          const copy = Buffer.alloc(bytes.length + 3);
          reader.take(bytes, 0, bytes.length, 7);
          narrowing.begin();
          expect(narrowing.copy(bytes, 0, bytes.length, copy, 0)).toBe(bytes.length);
          expect(narrowing.copyEnd).toBeLessThanOrEqual(bytes.length);
          expect(partReader.take(copy, 0, narrowing.copyEnd, 7)).toBe(narrowing.copyEnd);
        }
        whole.columns.flush();
        part.columns.flush();
        expect(part.events).toEqual(whole.events);
      }),
    );
  });

  test("has the keys that are wanted, in their order, and says which it may lack", () => {
    const target = new Target("host", "b");
    const narrowing = new MsgpackNarrowing(target.columns);
    const bytes = msgpackOf({ a: "x", host: "h", c: null, b: 5, zz: [1] });
    const copy = Buffer.alloc(bytes.length + 3);
    narrowing.begin();
    narrowing.copy(bytes, 0, bytes.length, copy, 0);
    expect(copy.subarray(0, narrowing.copyEnd)).toEqual(msgpackOf({ host: "h", b: 5 }));
    expect(narrowing.leftOut).toEqual(Buffer.concat([msgpackOf("a"), msgpackOf("c"), msgpackOf("zz")]));
  });

  test("is none of bytes that end too early, and nothing is written beyond its place", () => {
    const target = new Target("host");
    const bytes = msgpackOf({ a: "x".repeat(300), host: "y".repeat(70), c: { k: [1, 2] }, b: 2n ** 40n });
    for (let end = 0; end < bytes.length; end++) expect(narrowed(target, bytes, end)).toBe(undefined);
    expect(narrowed(target, bytes)).toEqual(msgpackOf({ host: "y".repeat(70) }));
  });

  test("is none where keys without end would have to be remembered", () => {
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`key${index}`, index]));
    expect(narrowed(new Target("host"), msgpackOf(many))).toBe(undefined);
    expect(narrowed(new Target("host"), msgpackOf({ ["k".repeat(100)]: 1 }))).toBe(undefined);
  });

  test("is not made while a query waits for a field, or the first event is still to come", () => {
    const target = new Target("host");
    const narrowing = new MsgpackNarrowing(target.columns);
    target.awaited.add("later");
    expect(narrowing.begin()).toBe(false);
    target.awaited.clear();
    target.isLazy = true;
    expect(narrowing.begin()).toBe(false);
  });
});

test("a batch of events that lack what is asked for by now says so, and the next one does not", () => {
  const target = new Target("host");
  const reader = new MsgpackEvents(target.columns);
  const bytes = msgpackOf({ host: "h" });
  expect(reader.isAnyWanted(["a", "c"])).toBe(false);
  target.want(["host", "c"]);
  expect(reader.isAnyWanted(["a", "c"])).toBe(true);
  reader.take(bytes, 0, bytes.length, 1);
  target.columns.lack(["a", "c"]);
  reader.take(bytes, 0, bytes.length, 2);
  target.columns.lack([]);
  reader.take(bytes, 0, bytes.length, 3);
  target.columns.flush();
  expect(target.lacked).toEqual([undefined, [2], undefined]);
  expect(target.events.map(({ at }) => at)).toEqual([1, 2, 3]);
});
