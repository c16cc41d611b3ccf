import type { Value } from "../../event/index.ts";
import type { Operation } from "../plan/expression.ts";
import { isNumeric, type Type } from "../plan/type.ts";

/** One way to call a method: the types of its parameters, what it gives, and how. `value` takes anything. */
export interface Overload {
  readonly parameters: readonly Type[];
  readonly type: Type;
  /** Gives null where Java throws, which Esper reads as null. */
  readonly evaluate: (...args: readonly Value[]) => Value;
}

/** Methods by name, each with its overloads, the narrowest parameters first. */
export type Methods = Readonly<Record<string, readonly Overload[]>>;

export function overload(parameters: readonly Type[], type: Type, evaluate: Overload["evaluate"]): Overload {
  return { parameters, type, evaluate };
}

/**
 * The call of a method of the table for arguments of these types (of an instance method the first one is the object), or a sentence saying
 * why there is none. A null argument gives null.
 */
export function methodCall(
  owner: string,
  name: string,
  methods: Methods,
  types: readonly Type[],
): { operation: Operation; type: Type } | string {
  const overloads = Object.hasOwn(methods, name) ? methods[name]! : [];
  const fitting = overloads.find(
    ({ parameters }) => parameters.length === types.length && parameters.every((parameter, at) => takes(parameter, types[at]!)),
  );
  if (fitting === undefined)
    return `${owner}.${name} takes ${overloads.map(({ parameters }) => `(${parameters.join(", ")})`).join(" or ")}.`;
  const wide = fitting.parameters.map((parameter) => parameter === "double" || parameter === "float");
  const { evaluate } = fitting;
  return {
    type: fitting.type,
    operation: {
      name: `${owner}.${name}(${fitting.parameters.join(",")})`,
      strict: true,
      nullable: true,
      evaluate: wide.includes(true)
        ? (...args) => evaluate(...args.map((argument, at) => (wide[at] === true ? Number(argument) : argument)))
        : evaluate,
    },
  };
}

/** Java's widening: a number goes where a wider one is taken. */
function takes(parameter: Type, given: Type): boolean {
  if (parameter === given || parameter === "value" || given === "null") return true;
  return isNumeric(parameter) && isNumeric(given) && WIDTH.indexOf(given) < WIDTH.indexOf(parameter);
}

const WIDTH: readonly Type[] = ["integer", "long", "float", "double"];
