import { Buffer } from "node:buffer";
import type { Value } from "../../event/index.ts";
import type { Type } from "../../sql/index.ts";

/** The types that parameters and results are declared with; those of SQL. */
export type DeclaredType = "boolean" | "double" | "long" | "string";

/** What a function or an aggregate of a file takes and gives, read from its declaration. */
export interface Declared {
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly type: DeclaredType }[];
  readonly returns: DeclaredType;
  /** It is called for nulls, too; otherwise an argument that is null makes the result null, or the event not count. */
  readonly takesNull: boolean;
}

/** What is wrong with a declaration, with the word in the file that it is about. */
export class DeclarationFault extends Error {
  readonly word: string;

  constructor(word: string, sentence: string) {
    super(sentence);
    this.word = word;
  }
}

/** Reads the part that functions and aggregates have in common. Throws DeclarationFault. */
export function declaredOf(name: string, written: Readonly<Record<string, unknown>>): Declared {
  const { parameters = {}, returns, takesNull = false } = written;
  if (!isRecord(parameters)) throw new DeclarationFault(name, `${name}.parameters: an object was wanted, as { address: "string" }.`);
  const entries = Object.entries(parameters);
  if (entries.length > PARAMETERS_MAX) throw new DeclarationFault(name, `${name}.parameters: at most ${PARAMETERS_MAX} were wanted.`);
  if (typeof takesNull !== "boolean") throw new DeclarationFault(name, `${name}.takesNull: true or false was wanted.`);
  return {
    name,
    parameters: entries.map(([parameter, type]) => ({ name: parameter, type: typeNamed(type, `${name}.parameters.${parameter}`, name) })),
    returns: typeNamed(returns, `${name}.returns`, name),
    takesNull,
  };
}

/** Why these arguments do not fit; undefined when they do. */
export function misfit({ parameters }: Declared, types: readonly Type[]): string | undefined {
  const wanted = parameters.length === 0 ? "nothing" : parameters.map(({ name, type }) => `${name}: ${type}`).join(", ");
  const found = types.length === 0 ? "nothing" : types.join(", ");
  const fits = types.length === parameters.length && types.every((type, at) => TAKES[parameters[at]!.type].includes(type));
  return fits ? undefined : `it takes (${wanted}), and was given (${found}).`;
}

/** The arguments as the function is declared to take them: a double is never a bigint. */
export function argumentsFor({ parameters }: Declared, values: readonly Value[]): Value[] {
  return values.map((value, at) => (typeof value === "bigint" && parameters[at]!.type === "double" ? Number(value) : value));
}

/** What a function has returned, as a value of the declared type. Throws a TypeError when it is none. */
export function returned(value: unknown, type: DeclaredType): Value {
  if (value === null || value === undefined) return null;
  if (type === "boolean" && typeof value === "boolean") return value;
  if (type === "double" && typeof value === "number") return value;
  if (type === "long" && typeof value === "number" && Number.isSafeInteger(value)) return value + 0;
  if (type === "long" && typeof value === "bigint" && BigInt.asIntN(64, value) === value)
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (type === "string" && typeof value === "string") {
    if (Buffer.byteLength(value) <= RESULT_BYTES_MAX) return value;
    throw new TypeError(`a string of at most ${RESULT_BYTES_MAX} bytes was wanted; one of ${Buffer.byteLength(value)} was returned`);
  }
  const found = typeof value === "object" ? "an object" : typeof value === "number" ? "a number that is none" : `a ${typeof value}`;
  throw new TypeError(`a ${type} was wanted; ${found} was returned`);
}

/** A function of the file; what it takes and gives is checked at every call. */
export type Callable = (...args: readonly unknown[]) => unknown;

export function isCallable(value: unknown): value is Callable {
  return typeof value === "function";
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function typeNamed(type: unknown, where: string, word: string): DeclaredType {
  const known = TYPE_NAMES.find((name) => name === type);
  if (known !== undefined) return known;
  const found = typeof type === "string" ? `"${type}"` : type === undefined ? "nothing" : `a ${typeof type}`;
  throw new DeclarationFault(word, `${where}: ${found} was found; one of ${TYPE_NAMES.map((name) => `"${name}"`).join(", ")} was wanted.`);
}

const TYPE_NAMES = ["boolean", "double", "long", "string"] as const satisfies readonly DeclaredType[];

/** Which types of expressions stand for a parameter. */
const TAKES: Readonly<Record<DeclaredType, readonly Type[]>> = {
  boolean: ["boolean", "null"],
  double: ["double", "float", "long", "integer", "null"],
  long: ["long", "integer", "null"],
  string: ["string", "null"],
};

const PARAMETERS_MAX = 16;
const RESULT_BYTES_MAX = 65_536;
