import type { Value } from "../../event/index.ts";
import type { ExpressionParameter, ViewParameter } from "../plan/parameter.ts";
import { isNumeric } from "../plan/type.ts";
import type { StatementEvent, WindowServices } from "../vocabulary.ts";
import type { Derivation } from "./derived.ts";

/**
 * The running sums of pairs of numbers, with what statistics makes of them. Sums of squares as Esper keeps them, so that results agree to
 * the last digits; NaN stands for what too few points do not define.
 */
export class Sums {
  n = 0;
  x = 0;
  xx = 0;
  y = 0;
  yy = 0;
  xy = 0;

  add(x: number, y: number, sign: 1 | -1): void {
    this.n += sign;
    // Nothing is left of a sum of nothing, whatever rounding has left behind.
    const kept = this.n > 0 ? 1 : 0;
    this.x = kept * (this.x + sign * x);
    this.xx = kept * (this.xx + sign * x * x);
    this.y = kept * (this.y + sign * y);
    this.yy = kept * (this.yy + sign * y * y);
    this.xy = kept * (this.xy + sign * x * y);
  }

  get xAverage(): number {
    return this.n === 0 ? Number.NaN : this.x / this.n;
  }

  get yAverage(): number {
    return this.n === 0 ? Number.NaN : this.y / this.n;
  }

  get xVariance(): number {
    return this.n < 2 ? Number.NaN : this.xDeviations / (this.n - 1);
  }

  get yVariance(): number {
    return this.n < 2 ? Number.NaN : this.yDeviations / (this.n - 1);
  }

  get xStddevPopulation(): number {
    return this.n === 0 ? Number.NaN : Math.sqrt(this.xDeviations / this.n);
  }

  get yStddevPopulation(): number {
    return this.n === 0 ? Number.NaN : Math.sqrt(this.yDeviations / this.n);
  }

  get slope(): number {
    if (this.n < 2 || this.xDeviations === 0) return Number.NaN;
    return this.codeviations / this.xDeviations;
  }

  get yIntercept(): number {
    return this.yAverage - this.slope * this.xAverage;
  }

  get correlation(): number {
    if (this.n < 2 || this.xDeviations === 0 || this.yDeviations === 0) return Number.NaN;
    return this.codeviations / Math.sqrt(this.xDeviations * this.yDeviations);
  }

  /** The sum of the squared deviations from the average. */
  private get xDeviations(): number {
    return this.xx - (this.x * this.x) / this.n;
  }

  private get yDeviations(): number {
    return this.yy - (this.y * this.y) / this.n;
  }

  private get codeviations(): number {
    return this.xy - (this.x * this.y) / this.n;
  }
}

/** Values made of the sums of the pairs (x, y) of the events; a pair with a null in it counts for nothing. */
export class SumsDerivation implements Derivation {
  readonly #pair: (event: StatementEvent) => readonly Value[];
  readonly #values: (sums: Sums) => readonly Value[];
  readonly #sums = new Sums();

  constructor(
    [x, y]: readonly [ExpressionParameter, ExpressionParameter],
    { evaluate }: WindowServices,
    values: (sums: Sums) => readonly Value[],
  ) {
    this.#pair = (event) => [evaluate(x, event), evaluate(y, event)];
    this.#values = values;
  }

  enter(event: StatementEvent): void {
    this.#add(event, 1);
  }

  leave(event: StatementEvent): void {
    this.#add(event, -1);
  }

  values(): readonly Value[] {
    return this.#values(this.#sums);
  }

  save(): unknown {
    const { n, x, xx, y, yy, xy } = this.#sums;
    return { n, x, xx, y, yy, xy };
  }

  restore(saved: unknown): void {
    Object.assign(this.#sums, saved);
  }

  #add(event: StatementEvent, sign: 1 | -1): void {
    const [x = null, y = null] = this.#pair(event);
    if (x !== null && y !== null) this.#sums.add(Number(x), Number(y), sign);
  }
}

/** The first parameter, or the first two, as numbers; a sentence when they are not. */
export function numbersOf(
  parameters: readonly ViewParameter[],
  count: 1 | 2,
): readonly [ExpressionParameter, ExpressionParameter] | string {
  const [x, y = x] = parameters.slice(0, count);
  const fits = parameters.length >= count && isNumber(x) && isNumber(y);
  return fits ? [x, y] : `it takes ${count === 1 ? "a number" : "two numbers"} of the event.`;
}

function isNumber(parameter: ViewParameter | undefined): parameter is ExpressionParameter {
  return parameter?.kind === "expression" && isNumeric(parameter.expression.type);
}
