import type { Inbox, Intake, OpenIntake, Positions, SourceContext } from "../../src/component/index.ts";
import { Demand, EventColumns, type FieldType, rowAt, Schema, type Typing, type Use, type Value } from "../../src/event/index.ts";
import { Counters, type HotakaError, type Log, Steps, VirtualClock } from "../../src/kit/index.ts";

/** A way into a target that keeps every event, all fields being wanted. */
export class RecordingIntake implements Intake {
  readonly schema: Schema;
  readonly demand = new Demand();
  readonly events: { readonly at: number; readonly [field: string]: Value }[] = [];

  constructor(target: string, fields: Readonly<Record<string, FieldType>>) {
    this.schema = new Schema(target, fields);
    this.demand.ask(this, new Map(Object.keys(fields).map((name): [string, Use] => [name, "value"])));
  }

  accept(batch: Parameters<Intake["accept"]>[0]): void {
    for (let row = 0; row < batch.size; row++) {
      const values = rowAt(batch, row);
      const fields = batch.schema.fields.map(({ name, slot }): [string, Value] => [name, values[slot] ?? null]);
      this.events.push({ at: batch.times[row]!, ...Object.fromEntries(fields) });
    }
  }
}

/** A way into a target that learns its fields, and keeps of every event the fields that it had. */
export class RecordingOpenIntake extends RecordingIntake implements OpenIntake, Typing {
  readonly columns: EventColumns;
  readonly clock = "event";
  readonly isClosed = false;
  readonly awaited = new Set<string>();
  readonly isLazy = false;
  version = 0;
  /** Keys and values that found no place. */
  refusals = 0;

  constructor(target: string) {
    super(target, {});
    const { schema, demand } = this;
    this.columns = new EventColumns({ schema, demand, typing: this, accept: (batch) => this.accept(batch) });
  }

  takes(): boolean {
    return true;
  }

  meet(name: string, type: FieldType): void {
    this.schema.add(name, type, true);
    this.version++;
  }

  settle(): void {
    this.demand.ask(this, new Map(this.schema.fields.map(({ name }): [string, Use] => [name, "value"])));
  }

  refused(keys: number, values: number): void {
    this.refusals += keys + values;
  }

  override accept(batch: Parameters<Intake["accept"]>[0]): void {
    for (let row = 0; row < batch.size; row++) {
      const values = rowAt(batch, row);
      const had = batch.schema.fields.filter(({ slot }) => batch.columns[slot] !== undefined && batch.absent?.[slot]?.[row] !== 1);
      const fields = had.map(({ name, slot }): [string, Value] => [name, values[slot] ?? null]);
      this.events.push({ at: batch.times[row]!, ...Object.fromEntries(fields) });
    }
  }
}

/** Positions that go through JSON on their way, as those of the journal do. */
export class JsonPositions implements Positions {
  readonly #texts = new Map<string, string>();

  get(key: string): unknown {
    const text = this.#texts.get(key);
    return text === undefined ? undefined : JSON.parse(text);
  }

  /** As if a checkpoint were written after every one. */
  durable(key: string): unknown {
    return this.get(key);
  }

  set(key: string, position: unknown): void {
    this.#texts.set(key, JSON.stringify(position));
  }

  delete(key: string): void {
    this.#texts.delete(key);
  }

  get keys(): string[] {
    return [...this.#texts.keys()];
  }
}

/** An inbox whose disk is as the test says: quick, `isHeld` until let go, or refusing with `refusal`. */
export class FakeInbox implements Inbox {
  readonly records: { readonly bytes: Buffer; readonly arrivedMs: number }[] = [];
  refusal: HotakaError | undefined;
  isHeld = false;
  readonly #take: (record: Buffer, arrivedMs: number) => void;
  readonly #flush: () => void;
  readonly #held: (() => void)[] = [];
  readonly #awaitingRoom: (() => void)[] = [];

  constructor(take: (record: Buffer, arrivedMs: number) => void, flush: () => void) {
    this.#take = take;
    this.#flush = flush;
  }

  /** Appends that wait until it is let go. */
  get waiting(): number {
    return this.#held.length;
  }

  async append(record: Uint8Array, arrivedMs: number): Promise<void> {
    if (this.refusal !== undefined) throw this.refusal;
    while (this.isHeld) {
      await new Promise<void>((resolve) => {
        this.#held.push(resolve);
      });
    }
    const bytes = Buffer.from(record);
    this.records.push({ bytes, arrivedMs });
    this.#take(bytes, arrivedMs);
    this.#flush();
  }

  admits(): boolean {
    return this.refusal?.code !== "HOTAKA_INBOX_FULL";
  }

  async room(): Promise<void> {
    while (this.refusal?.code === "HOTAKA_INBOX_FULL") {
      await new Promise<void>((resolve) => {
        this.#awaitingRoom.push(resolve);
      });
    }
  }

  /** The disk works again. */
  recover(): void {
    this.isHeld = false;
    this.refusal = undefined;
    for (const resolve of [...this.#held.splice(0), ...this.#awaitingRoom.splice(0)]) resolve();
  }
}

/** What a source is handed, on a clock that the test moves. */
export class FakeSourceContext implements SourceContext {
  readonly name: string;
  readonly folder: string;
  readonly clock: VirtualClock;
  readonly steps: Steps;
  readonly counters = new Counters();
  readonly positions: Positions;
  readonly intakes = new Map<string, RecordingIntake>();
  readonly inboxes = new Map<string, FakeInbox>();
  /** What was logged, as `warn: sentence`. */
  readonly said: string[] = [];
  readonly log: Log;

  constructor({ folder, name = "sources[0] (test)", nowMs = 0, positions = new JsonPositions() }: FakeSourceOptions) {
    this.name = name;
    this.folder = folder;
    this.clock = new VirtualClock(nowMs);
    this.steps = new Steps(this.clock);
    this.positions = positions;
    const say = (level: string) => (sentence: string) => void this.said.push(`${level}: ${sentence}`);
    this.log = { debug: say("debug"), info: say("info"), warn: say("warn"), error: say("error") };
  }

  async room(): Promise<void> {}

  inbox(key: string, take: (record: Buffer, arrivedMs: number) => void, flush = (): void => {}): FakeInbox {
    const inbox = new FakeInbox(take, flush);
    this.inboxes.set(key, inbox);
    return inbox;
  }

  intake(target: string, fields: Readonly<Record<string, FieldType>>): RecordingIntake {
    let intake = this.intakes.get(target);
    if (intake === undefined) {
      intake = new RecordingIntake(target, fields);
      this.intakes.set(target, intake);
    }
    return intake;
  }

  openIntake(target: string): RecordingOpenIntake {
    const intake = this.intakes.get(target);
    if (intake instanceof RecordingOpenIntake) return intake;
    const opened = new RecordingOpenIntake(target);
    this.intakes.set(target, opened);
    return opened;
  }

  /** As without any routes: a tag names its target. */
  tagged(tag: string, fields: Readonly<Record<string, FieldType>>): RecordingIntake {
    return this.intake(tag.replaceAll(/\W/g, "_"), fields);
  }

  openTagged(tag: string): RecordingOpenIntake {
    return this.openIntake(tag.replaceAll(/\W/g, "_"));
  }

  /** The events of one target so far. */
  events(target: string): RecordingIntake["events"] {
    return this.intakes.get(target)?.events ?? [];
  }

  /** A counter's value, all labels together. */
  counted(name: string): number {
    return this.counters.read().reduce((sum, reading) => (reading.name === name ? sum + reading.value : sum), 0);
  }
}

export interface FakeSourceOptions {
  readonly folder: string;
  readonly name?: string;
  readonly nowMs?: number;
  readonly positions?: Positions;
}
