import type { Value } from "../../event/index.ts";
import type { CellForm } from "../vocabulary.ts";

/** How many numbers came in, and their sum as a double: what sum and avg of floats and doubles are made of. */
export class FloatSum {
  count = 0;
  sum = 0;

  enter([value]: readonly Value[]): void {
    if (value === null) return;
    this.count++;
    this.sum += Number(value);
  }

  leave([value]: readonly Value[]): void {
    if (value === null) return;
    this.count = Math.max(0, this.count - 1);
    // An empty sum is 0 again, whatever rounding has left behind.
    this.sum = this.count === 0 ? 0 : this.sum - Number(value);
  }

  save(): unknown {
    return [this.count, this.sum];
  }

  restore(saved: unknown): void {
    [this.count, this.sum] = saved as [number, number];
  }
}

/** The same in two numbers. `result` writes the result from the texts of sum and count; it is null while the count is 0. */
export function floatSumCells(result: (sum: string, count: string) => string): CellForm {
  return {
    initial: [0, 0],
    enter: (at, value) => `${at.cell(0)}++; ${at.cell(1)} += ${value};`,
    leave: (at, value) => `${at.cell(0)}--; ${at.cell(1)} = ${at.cell(0)} === 0 ? 0 : ${at.cell(1)} - ${value};`,
    result: (at) => `(${at.cell(0)} === 0 ? null : ${result(at.cell(1), at.cell(0))})`,
    nullable: true,
  };
}
