import type { Value } from "../../event/index.ts";
import type { FunctionDefinition } from "../../sql/index.ts";
import { argumentsFor, declaredOf, DeclarationFault, isCallable, isRecord, misfit, returned } from "./declared.ts";
import type { Failures } from "./failures.ts";

/** A function as the file declares it: `{ parameters, returns, call }`. Throws DeclarationFault. */
export function ownFunction(name: string, written: unknown, failures: Failures): FunctionDefinition {
  if (!isRecord(written)) throw new DeclarationFault(name, `${name}: an object with parameters, returns and call was wanted.`);
  const declared = declaredOf(name, written);
  const { call } = written;
  if (!isCallable(call)) throw new DeclarationFault(name, `${name}.call: a function was wanted.`);
  const evaluate = (...args: readonly Value[]): Value => {
    try {
      return returned(call(...argumentsFor(declared, args)), declared.returns);
    } catch (thrown) {
      return failures.add(name, thrown);
    }
  };
  return {
    name: name.toLowerCase(),
    summary: "A function of a file of the operator.",
    parameters: [],
    example: "",
    after: "the file that `functions` names",
    resolve(types) {
      const operation = { name: `own ${name}`, strict: !declared.takesNull, nullable: true, evaluate };
      return misfit(declared, types) ?? { operation, type: declared.returns };
    },
  };
}
