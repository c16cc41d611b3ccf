import { type Change, defineWindow, type StatementEvent, type Window } from "../vocabulary.ts";
import { Fifo } from "./fifo.ts";
import { HeldWindow } from "./held.ts";
import { countOf } from "./parameters.ts";

export const length = defineWindow({
  name: "win:length",
  summary: "Keeps the latest events, as many as its size.",
  parameters: [{ name: "size", kind: "count", doc: "How many events stay." }],
  example: "SELECT host, count(*) AS requests FROM access.win:length(1000) GROUP BY host",
  after: "Esper 5.2 reference, 'Length window (win:length)'",
  resolve(parameters) {
    const count = countOf(parameters[0], "size");
    if (typeof count === "string") return count;
    if (parameters.length > 1) return "it takes one size.";
    return { open: () => new LengthWindow(count), pace: { kind: "slide", by: "count", count } };
  },
});

class LengthWindow extends HeldWindow<Fifo> implements Window {
  readonly #count: number;

  constructor(count: number) {
    super(new Fifo());
    this.#count = count;
  }

  update(arriving: readonly StatementEvent[], leaving: readonly StatementEvent[]): readonly Change[] {
    this.held.take(leaving);
    for (const event of arriving) this.held.push(event);
    return [{ entered: arriving, left: [...leaving, ...this.held.takeDown(this.#count)] }];
  }
}
