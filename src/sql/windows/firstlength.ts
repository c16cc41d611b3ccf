import { defineWindow } from "../vocabulary.ts";
import { ChosenWindow } from "./chosen.ts";
import { countOf } from "./parameters.ts";

export const firstlength = defineWindow({
  name: "win:firstlength",
  summary: "Keeps the first events, as many as its size, and takes no more.",
  parameters: [{ name: "size", kind: "count", doc: "How many events are taken." }],
  example: "SELECT host, path FROM access.win:firstlength(10)",
  after: "Esper 5.2 reference, 'First Length (win:firstlength)'",
  resolve(parameters) {
    const count = countOf(parameters[0], "size");
    if (typeof count === "string") return count;
    if (parameters.length > 1) return "it takes one size.";
    return { open: () => new ChosenWindow((_event, held) => held < count), pace: undefined, refuses: true };
  },
});
