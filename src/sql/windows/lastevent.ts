import { type Change, defineWindow, NO_CHANGE, type StatementEvent, type Window } from "../vocabulary.ts";

export const lastevent = defineWindow({
  name: "std:lastevent",
  summary: "Keeps the latest event.",
  parameters: [],
  example: "SELECT host, path FROM access.std:lastevent()",
  after: "Esper 5.2 reference, 'Last Event (std:lastevent)'",
  resolve(parameters) {
    if (parameters.length > 0) return "it takes no parameters.";
    return { open: () => new LastEventWindow(), pace: undefined };
  },
});

class LastEventWindow implements Window {
  #last: StatementEvent | undefined;

  update(arriving: readonly StatementEvent[], leaving: readonly StatementEvent[]): readonly Change[] {
    const left: StatementEvent[] = [];
    if (this.#last !== undefined && leaving.includes(this.#last)) {
      left.push(this.#last);
      this.#last = undefined;
    }
    for (const event of arriving) {
      if (this.#last !== undefined) left.push(this.#last);
      this.#last = event;
    }
    return arriving.length === 0 && left.length === 0 ? NO_CHANGE : [{ entered: arriving, left }];
  }

  contents(): Iterable<StatementEvent> {
    return this.#last === undefined ? [] : [this.#last];
  }

  size(): number {
    return this.#last === undefined ? 0 : 1;
  }

  save(): unknown {
    return this.#last;
  }

  restore(saved: unknown): void {
    this.#last = saved as StatementEvent | undefined;
  }
}
