import type { OpenIntake } from "../component/index.ts";
import { type Batch, Demand, EventWriter, type FieldSink, type Schema } from "../event/index.ts";
import type { Counter } from "../kit/index.ts";

/** A way for events that go nowhere: they are counted, and nothing of them is decoded. */
export class Discard implements OpenIntake {
  readonly clock = "arrival";
  readonly isClosed = false;
  readonly schema: Schema;
  readonly demand = new Demand();
  readonly columns: EventWriter;
  readonly #counter: Counter;

  constructor(schema: Schema, counter: Counter) {
    this.schema = schema;
    this.#counter = counter;
    this.columns = new DiscardWriter(counter);
  }

  accept(batch: Batch): void {
    this.#counter.add(batch.size);
  }
}

class DiscardWriter extends EventWriter {
  override readonly version = 0;
  readonly #counter: Counter;

  constructor(counter: Counter) {
    super();
    this.#counter = counter;
  }

  override readonly keepsAll = false;

  override lack(): void {
    // Nothing of it is wanted.
  }

  override lend(): void {
    // No text is made of it.
  }

  override begin(): void {
    // Nothing of it is kept.
  }

  override sink(): FieldSink {
    return UNWANTED;
  }

  override sinkOfBytes(): FieldSink {
    return UNWANTED;
  }

  override refuseKey(): void {
    // It would have been left out.
  }

  override end(): boolean {
    this.#counter.add();
    return true;
  }

  override flush(): void {
    // There is nothing.
  }
}

const nothing = (): void => {};
const UNWANTED: FieldSink = {
  isWanted: false,
  learns: false,
  text: nothing,
  bytes: nothing,
  integer: nothing,
  float: nothing,
  truth: nothing,
  nothing,
  container: nothing,
};
