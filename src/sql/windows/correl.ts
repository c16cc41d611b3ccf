import { defineWindow } from "../vocabulary.ts";
import { numbersOf, SumsDerivation } from "./bivariate.ts";
import { derivedForm } from "./derived.ts";

export const correl = defineWindow({
  name: "stat:correl",
  summary: "Gives on the correlation of two numbers, from -1 to 1.",
  parameters: [
    { name: "x", kind: "expression", doc: "A number." },
    { name: "y", kind: "expression", doc: "A number." },
    { name: "beside", kind: "expression", doc: "Fields of the latest event to be put beside it.", optional: true },
  ],
  example: "SELECT correlation FROM access.win:length(100).stat:correl(size, rt)",
  after: "Esper 5.2 reference, 'Correlation (stat:correl)'",
  resolve(parameters) {
    const numbers = numbersOf(parameters, 2);
    if (typeof numbers === "string") return numbers;
    return derivedForm(
      { correlation: "float" },
      parameters.slice(2),
      (services) => new SumsDerivation(numbers, services, (sums) => [sums.correlation]),
    );
  },
});
