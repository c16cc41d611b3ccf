import type { Value } from "../../event/index.ts";
import { addLong, type Long, subtractLong } from "../operations/long.ts";
import type { CellForm, CellPlace } from "../vocabulary.ts";

/** How many whole numbers came in, and their exact sum to 64 bits: what sum and avg of whole numbers are made of. */
export class WholeSum {
  count = 0;
  sum: Long = 0;

  enter([value]: readonly Value[]): void {
    if (typeof value !== "number" && typeof value !== "bigint") return;
    this.count++;
    this.sum = addLong(this.sum, value);
  }

  leave([value]: readonly Value[]): void {
    if (typeof value !== "number" && typeof value !== "bigint") return;
    this.count = Math.max(0, this.count - 1);
    this.sum = this.count === 0 ? 0 : subtractLong(this.sum, value);
  }

  save(): unknown {
    return [this.count, this.sum];
  }

  restore(saved: unknown): void {
    [this.count, this.sum] = saved as [number, Long];
  }
}

/**
 * The same in three numbers: count, low part, high part, where the sum is high · 2^52 + low. A double adds exactly while both parts stay
 * below 2^53, so the low part is brought back below 2^52 as soon as it leaves, and a value that is itself larger comes in two parts.
 * `result` writes the result from the texts of the exact sum and the count; it is null while the count is 0.
 */
export function wholeSumCells(result: (exact: string, count: string) => string): CellForm {
  const add = (sign: "+" | "-") => (at: CellPlace, value: string) => {
    const small = `typeof ${value} === "number" && ${value} <= ${LIMB} && ${value} >= -${LIMB}`;
    const low = `${at.cell(1)} ${sign}= ${value};`;
    const split = `${at.cell(1)} ${sign}= Number(BigInt(${value}) % ${LIMB}n); ${at.cell(2)} ${sign}= Number(BigInt(${value}) / ${LIMB}n);`;
    const carry = `const carry = Math.trunc(${at.cell(1)} / ${LIMB}); ${at.cell(1)} -= carry * ${LIMB}; ${at.cell(2)} += carry;`;
    return `${at.cell(0)}${sign}${sign}; if (${small}) { ${low} } else { ${split} } if (${at.cell(1)} >= ${LIMB} || ${at.cell(1)} <= -${LIMB}) { ${carry} }`;
  };
  return {
    initial: [0, 0, 0],
    enter: add("+"),
    leave: add("-"),
    result: (at) =>
      `(${at.cell(0)} === 0 ? null : ${result(`(${at.cell(2)} === 0 ? ${at.cell(1)} : joinLimbs(${at.cell(2)}, ${at.cell(1)}))`, at.cell(0))})`,
    nullable: true,
  };
}

const LIMB = 2 ** 52;
