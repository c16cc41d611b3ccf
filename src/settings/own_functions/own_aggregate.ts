import type { Value } from "../../event/index.ts";
import type { Accumulator, AggregateDefinition } from "../../sql/index.ts";
import {
  argumentsFor,
  type Callable,
  type Declared,
  declaredOf,
  DeclarationFault,
  isCallable,
  isRecord,
  misfit,
  returned,
} from "./declared.ts";
import type { Failures } from "./failures.ts";

/** An aggregate as the file declares it: `{ parameters, returns, init, enter, leave, value }`. Throws DeclarationFault. */
export function ownAggregate(name: string, written: unknown, failures: Failures): AggregateDefinition {
  if (!isRecord(written))
    throw new DeclarationFault(name, `${name}: an object with parameters, returns, init, enter, leave and value was wanted.`);
  const declared = declaredOf(name, written);
  if (declared.parameters.length === 0) throw new DeclarationFault(name, `${name}.parameters: an aggregate takes one or more.`);
  const step = (key: "init" | "enter" | "leave" | "value"): Callable => {
    const given = written[key];
    if (!isCallable(given)) throw new DeclarationFault(name, `${name}.${key}: a function was wanted.`);
    return given;
  };
  const steps = { init: step("init"), enter: step("enter"), leave: step("leave"), value: step("value") };
  return {
    name: name.toLowerCase(),
    summary: "An aggregate of a file of the operator.",
    parameters: [],
    example: "",
    after: "the file that `functions` names",
    resolve({ types, star }) {
      // A condition behind the parameters is a filter, as with every aggregate.
      const values = types.slice(0, declared.parameters.length);
      const wrong = star ? "it takes no *." : misfit(declared, values);
      if (wrong !== undefined) return wrong;
      const open = (): Accumulator => new OwnAccumulator(declared, steps, failures);
      return { type: declared.returns, values: values.length, open, cells: undefined };
    },
  };
}

type Steps = Readonly<Record<"init" | "enter" | "leave" | "value", Callable>>;

/** One group. Its state is what `init` gave, or what `enter` and `leave` last returned. */
class OwnAccumulator implements Accumulator {
  readonly #declared: Declared;
  readonly #steps: Steps;
  readonly #failures: Failures;
  #state: unknown;

  constructor(declared: Declared, steps: Steps, failures: Failures) {
    this.#declared = declared;
    this.#steps = steps;
    this.#failures = failures;
    this.#state = this.#guarded(() => steps.init());
  }

  enter(values: readonly Value[]): void {
    this.#move(this.#steps.enter, values);
  }

  leave(values: readonly Value[]): void {
    this.#move(this.#steps.leave, values);
  }

  value(): Value {
    return this.#guarded(() => returned(this.#steps.value(this.#state), this.#declared.returns)) ?? null;
  }

  /** A copy: what cannot be copied, as a function, cannot be kept over a restart, and the group begins anew there. */
  save(): unknown {
    return this.#guarded(() => [structuredClone(this.#state)]);
  }

  restore(saved: unknown): void {
    if (Array.isArray(saved)) [this.#state] = saved as [unknown];
  }

  #move(step: Callable, values: readonly Value[]): void {
    if (!this.#declared.takesNull && values.includes(null)) return;
    this.#guarded(() => {
      const next = step(this.#state, ...argumentsFor(this.#declared, values));
      if (next !== undefined) this.#state = next;
    });
  }

  #guarded<Result>(act: () => Result): Result | undefined {
    try {
      return act();
    } catch (thrown) {
      this.#failures.add(this.#declared.name, thrown);
      return undefined;
    }
  }
}
