import type { Value } from "../../event/index.ts";
import { nonFinite, sumWith } from "../operations/non_finite.ts";
import type { CellForm } from "../vocabulary.ts";

/**
 * How many numbers came in, and their sum as a double: what sum and avg of floats and doubles are made of. One that is not finite, as of a
 * division by zero, is in the sum until it leaves and not for ever, as it would be with Esper.
 */
export class FloatSum {
  count = 0;
  #finite = 0;
  #others = 0;

  get sum(): number {
    return sumWith(this.#finite, this.#others);
  }

  enter([value]: readonly Value[]): void {
    if (value === null) return;
    this.count++;
    const number = Number(value);
    if (Number.isFinite(number)) this.#finite += number;
    else this.#others += nonFinite(number);
  }

  leave([value]: readonly Value[]): void {
    if (value === null) return;
    this.count = Math.max(0, this.count - 1);
    const number = Number(value);
    // An empty sum is 0 again, whatever rounding has left behind.
    if (this.count === 0) [this.#finite, this.#others] = [0, 0];
    else if (Number.isFinite(number)) this.#finite -= number;
    else this.#others -= nonFinite(number);
  }

  save(): unknown {
    return [this.count, this.#finite, this.#others];
  }

  restore(saved: unknown): void {
    [this.count, this.#finite, this.#others] = saved as [number, number, number];
  }
}

/** The same in three numbers. `result` writes the result from the texts of sum and count; it is null while the count is 0. */
export function floatSumCells(result: (sum: string, count: string) => string): CellForm {
  const isFinite = (value: string): string => `${value} - ${value} === 0`;
  return {
    initial: [0, 0, 0],
    enter: (at, value) => `${at.cell(0)}++; if (${isFinite(value)}) ${at.cell(1)} += ${value}; else ${at.cell(2)} += nonFinite(${value});`,
    leave: (at, value) =>
      `if (--${at.cell(0)} === 0) { ${at.cell(1)} = 0; ${at.cell(2)} = 0; }
       else if (${isFinite(value)}) ${at.cell(1)} -= ${value}; else ${at.cell(2)} -= nonFinite(${value});`,
    result: (at) => `(${at.cell(0)} === 0 ? null : ${result(`sumWith(${at.cell(1)}, ${at.cell(2)})`, at.cell(0))})`,
    nullable: true,
  };
}
