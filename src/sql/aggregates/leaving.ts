import type { Value } from "../../event/index.ts";
import { type Accumulator, defineAggregate } from "../vocabulary.ts";

export const leaving = defineAggregate({
  name: "leaving",
  summary: "Whether an event has ever left the window: true from the first one on.",
  parameters: [],
  example: "SELECT leaving() AS is_full FROM access.win:length(1000)",
  after: "Esper 5.2 reference, 9.2.1 'SQL-standard functions'",
  resolve({ star, types }) {
    if (star || types.length > 0) return "it takes nothing between its parentheses.";
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
