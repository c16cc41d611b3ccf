import type { Value } from "../../event/index.ts";
import { defineAggregate } from "../vocabulary.ts";
import { EventList } from "./event_list.ts";
import { placeOf } from "./positional.ts";

export const nth = defineAggregate({
  name: "nth",
  summary: "The value of the event that came so many events before the last one.",
  parameters: [
    { name: "value", kind: "expression", doc: "Any value." },
    { name: "place", kind: "count", doc: "0 for the last event, 1 for the one before it." },
    { name: "filter", kind: "condition", doc: "Only events for which it holds.", optional: true },
  ],
  example: "SELECT host, nth(path, 1) AS page_before FROM access.win:time_batch(1 min) GROUP BY host",
  after: "Esper 5.2 reference, 9.2.1 'SQL-standard functions'",
  resolve(given) {
    const [type] = given.types;
    if (given.star || type === undefined) return "it takes a value and a place.";
    const place = placeOf(given, 1);
    if (typeof place === "string") return place;
    return { type, values: 1, constants: 1, takesEvent: true, open: () => new NthLast(place), cells: undefined };
  },
});

class NthLast extends EventList {
  readonly #place: number;

  constructor(place: number) {
    super();
    this.#place = place;
  }

  value(): Value {
    return this.at(this.size - 1 - this.#place);
  }
}
