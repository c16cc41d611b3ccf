import { defineWindow } from "../vocabulary.ts";
import { numbersOf, SumsDerivation } from "./bivariate.ts";
import { derivedForm } from "./derived.ts";

export const weightedAvg = defineWindow({
  name: "stat:weighted_avg",
  summary: "Gives on the average of a number, each counted by a weight.",
  parameters: [
    { name: "value", kind: "expression", doc: "A number." },
    { name: "weight", kind: "expression", doc: "A number." },
    { name: "beside", kind: "expression", doc: "Fields of the latest event to be put beside it.", optional: true },
  ],
  example: "SELECT average FROM access.win:length(100).stat:weighted_avg(rt, size)",
  after: "Esper 5.2 reference, 'Weighted average (stat:weighted_avg)'",
  resolve(parameters) {
    const numbers = numbersOf(parameters, 2);
    if (typeof numbers === "string") return numbers;
    return derivedForm(
      { average: "float" },
      parameters.slice(2),
      (services) => new SumsDerivation(numbers, services, (sums) => [sums.y === 0 ? Number.NaN : sums.xy / sums.y]),
    );
  },
});
