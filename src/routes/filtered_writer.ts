import type { EventValue } from "../component/index.ts";
import { EventWriter, type FieldSink, KeySinks, putValue, type Value } from "../event/index.ts";
import type { Counter } from "../kit/index.ts";
import type { RecordPlan, Work } from "./record_plan.ts";

/**
 * Filters between a reader and the columns of a target: each key goes where the plan has it, the values that filters read are kept until the
 * event is complete, and nothing is made of the rest. No event becomes an object.
 *
 * A target learns its fields from its events, but not from those that are left out: a value that would add a field is held back, and when
 * the event is taken it is read again.
 */
export class FilteredWriter extends EventWriter {
  readonly #plan: RecordPlan;
  readonly #inner: EventWriter;
  readonly #dropped: Counter;
  readonly #made: readonly { readonly name: string; readonly work: Work }[];
  /** The values of the plan's inputs in the event in hand. */
  readonly #values: EventValue[];
  /** The event in hand is read again: it was found to go on. */
  #isAdmitted = false;
  #wasHeldBack = false;
  #version = 0;
  #innerVersion = -1;
  #sinksAdmitted = false;
  readonly #sinks = new KeySinks((key) => this.#sinkOf(key));

  constructor(plan: RecordPlan, inner: EventWriter, dropped: Counter) {
    super();
    this.#plan = plan;
    this.#inner = inner;
    this.#dropped = dropped;
    this.#made = plan.made.map(([name, origin]) => ({ name, work: plan.workOf(origin) }));
    this.#values = plan.inputs.map(() => undefined);
  }

  override get version(): number {
    return this.#version;
  }

  override get keepsAll(): boolean {
    return this.#inner.keepsAll;
  }

  override lack(keys: readonly string[]): void {
    this.#inner.lack(keys.flatMap((key) => this.#plan.outputsOf(key)));
  }

  override lend(bytes: Buffer | undefined): void {
    this.#inner.lend(bytes);
  }

  override begin(timeMs: number): void {
    this.#inner.begin(timeMs);
    this.#values.fill(undefined);
    this.#wasHeldBack = false;
    if (this.#inner.version === this.#innerVersion && this.#sinksAdmitted === this.#isAdmitted) return;
    this.#innerVersion = this.#inner.version;
    this.#sinksAdmitted = this.#isAdmitted;
    this.#version++;
    this.#sinks.forget();
  }

  override sink(key: string): FieldSink {
    return this.#sinks.of(key);
  }

  override sinkOfBytes(bytes: Buffer, start: number, end: number): FieldSink {
    return this.#sinks.ofBytes(bytes, start, end);
  }

  override refuseKey(): void {
    this.#inner.refuseKey();
  }

  override end(): boolean {
    if (!this.#isAdmitted && !this.#plan.admits(this.#values)) {
      // What was begun and is not ended is forgotten.
      this.#dropped.add();
      return true;
    }
    this.#isAdmitted = true;
    if (this.#wasHeldBack) return false;
    for (const { name, work } of this.#made) {
      const sink = this.#inner.sink(name);
      if (!sink.isWanted) continue;
      const value = work(this.#values);
      if (value !== undefined) putValue(sink, value);
    }
    if (!this.#inner.end()) return false;
    this.#isAdmitted = false;
    return true;
  }

  override flush(): void {
    this.#inner.flush();
  }

  #sinkOf(key: string): FieldSink {
    const outputs = this.#plan.outputsOf(key).map((name) => this.#inner.sink(name));
    const wanted = outputs
      .filter(({ isWanted }) => isWanted)
      .map((sink) => (sink.learns && !this.#isAdmitted && this.#plan.isSelective ? this.#heldBack : sink));
    const input = this.#plan.inputs.indexOf(key);
    if (input < 0 && wanted.length === 1) return wanted[0]!;
    return new SharedSink(wanted, input < 0 ? undefined : (value) => void (this.#values[input] = value));
  }

  readonly #heldBack: FieldSink = new SharedSink([], () => void (this.#wasHeldBack = true));
}

/** Gives a value to several, and to somebody who keeps it. */
class SharedSink implements FieldSink {
  readonly isWanted: boolean;
  readonly learns = false;
  readonly #sinks: readonly FieldSink[];
  readonly #keep: ((value: Value) => void) | undefined;

  constructor(sinks: readonly FieldSink[], keep: ((value: Value) => void) | undefined) {
    this.#sinks = sinks;
    this.#keep = keep;
    this.isWanted = sinks.length > 0 || keep !== undefined;
  }

  text(value: string): void {
    this.#keep?.(value);
    for (const sink of this.#sinks) sink.text(value);
  }

  bytes(bytes: Buffer, start: number, end: number): void {
    this.#keep?.(bytes.toString("utf8", start, end));
    for (const sink of this.#sinks) sink.bytes(bytes, start, end);
  }

  integer(value: number | bigint): void {
    this.#keep?.(value);
    for (const sink of this.#sinks) sink.integer(value);
  }

  float(value: number): void {
    this.#keep?.(value);
    for (const sink of this.#sinks) sink.float(value);
  }

  truth(value: boolean): void {
    this.#keep?.(value);
    for (const sink of this.#sinks) sink.truth(value);
  }

  nothing(): void {
    this.#keep?.(null);
    for (const sink of this.#sinks) sink.nothing();
  }

  container(value: object): void {
    this.#keep?.(value as Value);
    for (const sink of this.#sinks) sink.container(value);
  }
}
