import { defineAggregate } from "../vocabulary.ts";
import { positional } from "./positional.ts";

export const last = defineAggregate({
  name: "last",
  summary: "The value of the event that came last of those in the window.",
  parameters: [
    { name: "value", kind: "expression", doc: "Any value, or `*` for the event." },
    { name: "place", kind: "count", doc: "How many events further back.", optional: true },
    { name: "filter", kind: "condition", doc: "Only events for which it holds; a place stands before it.", optional: true },
  ],
  example: "SELECT host, last(path) AS page FROM access.win:time_batch(1 min) GROUP BY host",
  after: "Esper 5.2 reference, 9.2.3 'Aggregation functions for use with data windows'",
  resolve: (given) => positional(given, true),
});
