import { type FieldType, Schema, type Value } from "../../event/index.ts";
import type { ExpressionParameter, ViewParameter } from "../plan/parameter.ts";
import { fieldTypeOf } from "../plan/type.ts";
import { type Change, NO_CHANGE, type StatementEvent, type Window, type WindowForm, type WindowServices } from "../vocabulary.ts";

/** How a derived value is kept: told of every event that enters and leaves. */
export interface Derivation {
  enter(event: StatementEvent): void;
  leave(event: StatementEvent): void;
  values(): readonly Value[];
  save(): unknown;
  restore(saved: unknown): void;
}

/**
 * A view that gives on one event with values derived from all it has been given. Further parameters are fields of the latest event that
 * are put beside the values.
 */
export function derivedForm(
  fields: Readonly<Record<string, FieldType>>,
  more: readonly ViewParameter[],
  open: (services: WindowServices) => Derivation,
  onlyIfChanged = false,
): WindowForm | string {
  const beside = more.filter((parameter) => parameter.kind === "expression");
  if (beside.length < more.length) return "what is put beside its values must be fields.";
  const gives = new Schema("", fields);
  addFields(gives, beside);
  return {
    open: (services) => {
      const besideOf = (event: StatementEvent): readonly Value[] => beside.map((parameter) => services.evaluate(parameter, event));
      return new DerivedWindow(open(services), besideOf, beside.length, onlyIfChanged);
    },
    gives,
    pace: undefined,
  };
}

/** The expressions as fields by their names; one that is there already keeps its place. */
export function addFields(schema: Schema, expressions: readonly ExpressionParameter[]): void {
  for (const { name, expression } of expressions) if (schema.field(name) === undefined) schema.add(name, fieldTypeOf(expression.type));
}

class DerivedWindow implements Window {
  readonly #derivation: Derivation;
  readonly #besideOf: (event: StatementEvent) => readonly Value[];
  readonly #onlyIfChanged: boolean;
  #beside: readonly Value[];
  #given: StatementEvent | undefined;

  constructor(derivation: Derivation, besideOf: (event: StatementEvent) => readonly Value[], besideCount: number, onlyIfChanged: boolean) {
    this.#derivation = derivation;
    this.#besideOf = besideOf;
    this.#beside = Array.from({ length: besideCount }, () => null);
    this.#onlyIfChanged = onlyIfChanged;
  }

  update(arriving: readonly StatementEvent[], leaving: readonly StatementEvent[], nowMs: number): readonly Change[] {
    const before = this.#given ?? this.#present(nowMs);
    for (const event of arriving) this.#derivation.enter(event);
    for (const event of leaving) this.#derivation.leave(event);
    const latest = arriving.at(-1);
    if (latest !== undefined) this.#beside = this.#besideOf(latest);
    const after = this.#present(nowMs);
    if (this.#onlyIfChanged && before.values[0] === after.values[0]) return NO_CHANGE;
    this.#given = after;
    return [{ entered: [after], left: [before] }];
  }

  contents(): Iterable<StatementEvent> {
    return [this.#given ?? this.#present(0)];
  }

  size(): number {
    return 0;
  }

  save(): unknown {
    return [this.#derivation.save(), this.#beside, this.#given];
  }

  restore(saved: unknown): void {
    const [derivation, beside, given] = saved as [unknown, Value[], StatementEvent | undefined];
    this.#derivation.restore(derivation);
    this.#beside = beside;
    this.#given = given;
  }

  #present(nowMs: number): StatementEvent {
    return { values: [...this.#derivation.values(), ...this.#beside], timeMs: nowMs };
  }
}
