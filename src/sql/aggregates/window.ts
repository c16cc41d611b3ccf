import type { Value } from "../../event/index.ts";
import { listOf } from "../plan/type.ts";
import { defineAggregate } from "../vocabulary.ts";
import { EventList } from "./event_list.ts";

export const window = defineAggregate({
  name: "window",
  summary: "The values of all events in the window, or the events themselves, in order of arrival.",
  parameters: [{ name: "value", kind: "expression", doc: "Any value, or `*` for the event." }],
  example: "SELECT host, window(path) AS pages FROM access.win:time_batch(1 min) GROUP BY host",
  after: "Esper 5.2 reference, 9.2.3 'Aggregation functions for use with data windows'",
  resolve({ types: [type, second], star, row }) {
    if ((star ? type : second) !== undefined) return "it takes one value, or *, and no filter.";
    if (!star && type === undefined) return "it takes a value or *.";
    const values = star ? 0 : 1;
    return { type: listOf(type ?? row), values, takesEvent: true, ofWindow: true, open: () => new AllValues(), cells: undefined };
  },
});

class AllValues extends EventList {
  /** Null for a window without events, as Esper has it. */
  value(): Value {
    return this.size === 0 ? null : this.all();
  }
}
