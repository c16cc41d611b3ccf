import type { StatementEvent } from "../vocabulary.ts";
import { Fifo } from "./fifo.ts";

/** What the windows have in common that hold events in order of arrival and let them go from the front. */
export abstract class HeldWindow {
  protected readonly held = new Fifo();

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
