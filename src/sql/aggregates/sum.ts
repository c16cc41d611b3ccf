import type { Value } from "../../event/index.ts";
import { addLong, type Long, subtractLong } from "../operations/long.ts";
import { isNumeric, type Type } from "../plan/type.ts";
import { type Accumulator, type CellForm, type CellPlace, defineAggregate } from "../vocabulary.ts";

export const sum = defineAggregate({
  name: "sum",
  summary: "The sum of the values that are not null; null when there are none. Whole numbers are added exactly, to 64 bits.",
  parameters: [
    { name: "value", kind: "expression", doc: "A number." },
    { name: "filter", kind: "condition", doc: "Only events for which it holds.", optional: true },
  ],
  example: "SELECT host, sum(size) AS bytes FROM access.win:time_batch(1 min) GROUP BY host",
  after: "Esper 5.2 reference, 9.2.1 'SQL-standard functions'",
  resolve([type], star) {
    if (star || type === undefined) return "it takes a number.";
    if (!isNumeric(type)) return `it takes a number, not a ${type}.`;
    const whole = type === "integer" || type === "long";
    return {
      type,
      values: 1,
      open: () => (whole ? new WholeSum(type) : new FloatSum(type)),
      cells: whole ? wholeCells(type) : floatCells(type),
    };
  },
});

class WholeSum implements Accumulator {
  readonly #type: Type;
  #count = 0;
  #sum: Long = 0;

  constructor(type: Type) {
    this.#type = type;
  }

  enter([value]: readonly Value[]): void {
    if (value === null) return;
    this.#count++;
    this.#sum = addLong(this.#sum, value as Long);
  }

  leave([value]: readonly Value[]): void {
    if (value === null) return;
    this.#count--;
    this.#sum = subtractLong(this.#sum, value as Long);
  }

  value(): Value {
    if (this.#count === 0) return null;
    return this.#type === "integer" ? Number(BigInt.asIntN(32, BigInt(this.#sum))) : this.#sum;
  }

  save(): unknown {
    return [this.#count, this.#sum];
  }

  restore(saved: unknown): void {
    [this.#count, this.#sum] = saved as [number, Long];
  }
}

class FloatSum implements Accumulator {
  readonly #type: Type;
  #count = 0;
  #sum = 0;

  constructor(type: Type) {
    this.#type = type;
  }

  enter([value]: readonly Value[]): void {
    if (value === null) return;
    this.#count++;
    this.#sum += Number(value);
  }

  leave([value]: readonly Value[]): void {
    if (value === null) return;
    this.#count--;
    // An empty sum is 0 again, whatever rounding has left behind.
    this.#sum = this.#count === 0 ? 0 : this.#sum - Number(value);
  }

  value(): Value {
    if (this.#count === 0) return null;
    return this.#type === "float" ? Math.fround(this.#sum) : this.#sum;
  }

  save(): unknown {
    return [this.#count, this.#sum];
  }

  restore(saved: unknown): void {
    [this.#count, this.#sum] = saved as [number, number];
  }
}

/**
 * Count, low part, high part: the sum is high · 2^52 + low. A double adds exactly while both parts stay below 2^53, so the low part is
 * brought back below 2^52 as soon as it leaves, and a value that is itself larger comes in two parts.
 */
function wholeCells(type: Type): CellForm {
  const add = (sign: "+" | "-") => (at: CellPlace, value: string) => {
    const small = `typeof ${value} === "number" && ${value} <= ${LIMB} && ${value} >= -${LIMB}`;
    const low = `${at.cell(1)} ${sign}= ${value};`;
    const split = `${at.cell(1)} ${sign}= Number(BigInt(${value}) % ${LIMB}n); ${at.cell(2)} ${sign}= Number(BigInt(${value}) / ${LIMB}n);`;
    const carry = `const carry = Math.trunc(${at.cell(1)} / ${LIMB}); ${at.cell(1)} -= carry * ${LIMB}; ${at.cell(2)} += carry;`;
    return `${at.cell(0)}${sign}${sign}; if (${small}) { ${low} } else { ${split} } if (${at.cell(1)} >= ${LIMB} || ${at.cell(1)} <= -${LIMB}) { ${carry} }`;
  };
  const result = (at: CellPlace): string => {
    const exact = `(${at.cell(2)} === 0 ? ${at.cell(1)} : joinLimbs(${at.cell(2)}, ${at.cell(1)}))`;
    return `(${at.cell(0)} === 0 ? null : ${type === "integer" ? `Number(BigInt.asIntN(32, BigInt(${exact})))` : exact})`;
  };
  return { initial: [0, 0, 0], enter: add("+"), leave: add("-"), result, nullable: true };
}

function floatCells(type: Type): CellForm {
  return {
    initial: [0, 0],
    enter: (at, value) => `${at.cell(0)}++; ${at.cell(1)} += ${value};`,
    leave: (at, value) => `${at.cell(0)}--; ${at.cell(1)} = ${at.cell(0)} === 0 ? 0 : ${at.cell(1)} - ${value};`,
    result: (at) => `(${at.cell(0)} === 0 ? null : ${type === "float" ? `Math.fround(${at.cell(1)})` : at.cell(1)})`,
    nullable: true,
  };
}

const LIMB = 2 ** 52;
