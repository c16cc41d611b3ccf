import type { Value } from "../../event/index.ts";
import { type Accumulator, defineAggregate } from "../vocabulary.ts";

export const leaving = defineAggregate({
  name: "leaving",
  summary: "Whether an event has ever left the window: true from the first one on.",
  parameters: [{ name: "filter", kind: "condition", doc: "Only events for which it holds.", optional: true }],
  example: "SELECT leaving() AS is_full FROM access.win:length(1000)",
  after: "Esper 5.2 reference, 9.2.1 'SQL-standard functions'",
  resolve({ star }) {
    if (star) return "it takes no value.";
    return { type: "boolean", values: 0, ever: true, open: () => new LeavingAccumulator(), cells: undefined };
  },
});

class LeavingAccumulator implements Accumulator {
  #left = false;

  enter(): void {}

  leave(): void {
    this.#left = true;
  }

  value(): Value {
    return this.#left;
  }

  save(): unknown {
    return this.#left;
  }

  restore(saved: unknown): void {
    this.#left = saved as boolean;
  }
}
