import { defineWindow } from "../vocabulary.ts";
import { numbersOf, SumsDerivation } from "./bivariate.ts";
import { derivedForm } from "./derived.ts";

export const uni = defineWindow({
  name: "stat:uni",
  summary: "Gives on the statistics of one number: datapoints, total, average, stddev, stddevpa (of a whole population), variance.",
  parameters: [
    { name: "value", kind: "expression", doc: "A number." },
    { name: "beside", kind: "expression", doc: "Fields of the latest event to be put beside them.", optional: true },
  ],
  example: "SELECT average, stddev FROM access.win:length(100).stat:uni(size)",
  after: "Esper 5.2 reference, 'Univariate statistics (stat:uni)'",
  resolve(parameters) {
    const numbers = numbersOf(parameters, 1);
    if (typeof numbers === "string") return numbers;
    return derivedForm(
      { datapoints: "integer", total: "float", average: "float", stddev: "float", stddevpa: "float", variance: "float" },
      parameters.slice(1),
      (services) =>
        new SumsDerivation(numbers, services, (sums) => [
          sums.n,
          sums.x,
          sums.xAverage,
          Math.sqrt(sums.xVariance),
          sums.xStddevPopulation,
          sums.xVariance,
        ]),
    );
  },
});
