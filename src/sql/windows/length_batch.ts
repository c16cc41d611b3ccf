import { type Change, defineWindow, NO_CHANGE, type StatementEvent, type Window } from "../vocabulary.ts";
import { without } from "./gathered.ts";
import { countOf } from "./parameters.ts";

export const lengthBatch = defineWindow({
  name: "win:length_batch",
  summary: "Gathers a number of events and lets them go together.",
  parameters: [{ name: "size", kind: "count", doc: "How many events are gathered." }],
  example: "SELECT host, count(*) AS requests FROM access.win:length_batch(1000) GROUP BY host",
  after: "Esper 5.2 reference, 'Length batch window (win:length_batch)'",
  resolve(parameters) {
    const count = countOf(parameters[0], "size");
    if (typeof count === "string") return count;
    if (parameters.length > 1) return "it takes one size.";
    return { open: () => new LengthBatchWindow(count), batches: true, pace: { kind: "batch", by: "count", count } };
  },
});

class LengthBatchWindow implements Window {
  readonly #count: number;
  #gathered: StatementEvent[] = [];
  #before: StatementEvent[] = [];

  constructor(count: number) {
    this.#count = count;
  }

  update(arriving: readonly StatementEvent[], leaving: readonly StatementEvent[]): readonly Change[] {
    this.#gathered = without(this.#gathered, leaving);
    for (const event of arriving) this.#gathered.push(event);
    if (arriving.length === 0 || this.#gathered.length < this.#count) return NO_CHANGE;
    const change = { entered: this.#gathered, left: this.#before };
    this.#before = this.#gathered;
    this.#gathered = [];
    return [change];
  }

  contents(): Iterable<StatementEvent> {
    return this.#gathered;
  }

  given(): Iterable<StatementEvent> {
    return this.#before;
  }

  size(): number {
    return this.#gathered.length + this.#before.length;
  }

  save(): unknown {
    return [this.#gathered, this.#before];
  }

  restore(saved: unknown): void {
    [this.#gathered, this.#before] = saved as [StatementEvent[], StatementEvent[]];
  }
}
