import { defineWindow } from "../vocabulary.ts";
import { numbersOf, SumsDerivation } from "./bivariate.ts";
import { derivedForm } from "./derived.ts";

export const linest = defineWindow({
  name: "stat:linest",
  summary: "Gives on the straight line that fits two numbers best (slope, YIntercept), with the sums and statistics of both.",
  parameters: [
    { name: "x", kind: "expression", doc: "A number." },
    { name: "y", kind: "expression", doc: "A number." },
    { name: "beside", kind: "expression", doc: "Fields of the latest event to be put beside them.", optional: true },
  ],
  example: "SELECT slope, YIntercept FROM access.win:length(100).stat:linest(size, rt)",
  after: "Esper 5.2 reference, 'Regression (stat:linest)'",
  resolve(parameters) {
    const numbers = numbersOf(parameters, 2);
    if (typeof numbers === "string") return numbers;
    return derivedForm(
      {
        slope: "float",
        YIntercept: "float",
        XAverage: "float",
        XStandardDeviationPop: "float",
        XStandardDeviationSample: "float",
        XSum: "float",
        XVariance: "float",
        YAverage: "float",
        YStandardDeviationPop: "float",
        YStandardDeviationSample: "float",
        YSum: "float",
        YVariance: "float",
        dataPoints: "integer",
        n: "integer",
        sumX: "float",
        sumXSq: "float",
        sumXY: "float",
        sumY: "float",
        sumYSq: "float",
      },
      parameters.slice(2),
      (services) =>
        new SumsDerivation(numbers, services, (sums) => [
          sums.slope,
          sums.yIntercept,
          sums.xAverage,
          sums.xStddevPopulation,
          Math.sqrt(sums.xVariance),
          sums.x,
          sums.xVariance,
          sums.yAverage,
          sums.yStddevPopulation,
          Math.sqrt(sums.yVariance),
          sums.y,
          sums.yVariance,
          sums.n,
          sums.n,
          sums.x,
          sums.xx,
          sums.xy,
          sums.y,
          sums.yy,
        ]),
    );
  },
});
