import type { StatementEvent } from "../vocabulary.ts";

/** The events that a window holds, in an order of theirs. */
interface Holder extends Iterable<StatementEvent> {
  readonly size: number;
  save(): unknown;
  restore(saved: unknown): void;
}

/** What the windows have in common whose contents are the events that one holder has. */
export abstract class HeldWindow<Held extends Holder> {
  protected readonly held: Held;

  constructor(held: Held) {
    this.held = held;
  }

  contents(): Iterable<StatementEvent> {
    return this.held;
  }

  size(): number {
    return this.held.size;
  }

  save(): unknown {
    return this.held.save();
  }

  restore(saved: unknown): void {
    this.held.restore(saved);
  }
}
