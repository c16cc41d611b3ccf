import type { z } from "zod";
import { didYouMean } from "../kit/index.ts";
import type { Zod } from "./definition.ts";
import { pathText, type SettingsDocument, SettingsError, type SettingsPath, type SettingsProblem } from "./settings_document.ts";
import { shown } from "./settings_types.ts";

/**
 * What a document means by `schema`. Throws a SettingsError with everything that is wrong, each at its place: what was found, what was
 * wanted, and the nearest known name for a key that is not known.
 */
export function checkSettings<Value>(z: Zod, schema: z.ZodType<Value>, document: SettingsDocument): Value {
  // A finished issue no longer says which schema raised it, so the keys that would have been right are noted when it is raised.
  const knownKeys = new Map<unknown, readonly string[]>();
  const result = schema.safeParse(document.value, {
    reportInput: true,
    error: (issue) => {
      if (issue.code === "unrecognized_keys" && issue.inst instanceof z.ZodObject)
        knownKeys.set(issue.input, Object.keys(issue.inst.shape));
      return sentenceOf(issue);
    },
  });
  if (result.success) return result.data;
  throw new SettingsError(
    document.file,
    result.error.issues.flatMap((issue) => problemsOf(issue, document, knownKeys)),
  );
}

function problemsOf(
  issue: z.core.$ZodIssue,
  document: SettingsDocument,
  knownKeys: ReadonlyMap<unknown, readonly string[]>,
): SettingsProblem[] {
  const path = issue.path.filter((part): part is string | number => typeof part !== "symbol");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.slice(0, UNKNOWN_KEYS_MAX).map((key) => unknownKey(document, path, key, knownKeys.get(issue.input) ?? []));
  }
  if (issue.code === "invalid_union") {
    // Of several kinds, the one that was meant is the one whose kind was found: what is wrong within it is what is wrong.
    const isOther = (fault: z.core.$ZodIssue): boolean =>
      fault.path.length === 0 && (fault.code === "invalid_type" || (fault.code === "invalid_value" && typeof issue.input !== "string"));
    const meant = issue.errors.filter((faults) => !faults.some(isOther));
    if (meant.length === 1)
      return meant[0]!.flatMap((fault) => problemsOf({ ...fault, path: [...issue.path, ...fault.path] }, document, knownKeys));
  }
  const name = path.at(-1);
  const wanted = wantedKinds(issue);
  if (wanted !== undefined && issue.input === undefined && typeof name === "string") {
    const parent = path.slice(0, -1);
    return [document.problem("HOTAKA_CONFIG_INVALID", parent, `${pathText(parent)}: "${name}" is missing; ${wanted} was wanted.`)];
  }
  return [document.problem("HOTAKA_CONFIG_INVALID", path, `${pathText(path)}: ${issue.message}`)];
}

function unknownKey(document: SettingsDocument, path: SettingsPath, key: string, known: readonly string[]): SettingsProblem {
  const owner = path.findLast((part) => typeof part === "string") ?? "Hotaka";
  const suggestion = didYouMean(key, known) || ` Known here: ${known.toSorted().join(", ")}.`;
  const sentence = `${pathText(path)}: ${shown(key)} is not a setting of ${owner}.${suggestion}`;
  return document.problem("HOTAKA_CONFIG_UNKNOWN_KEY", [...path, key], sentence, { key: true });
}

/** The half sentence behind the path. What a schema says for itself goes before it. */
function sentenceOf(issue: z.core.$ZodRawIssue): string | undefined {
  const found = `${shown(issue.input)} was found`;
  switch (issue.code) {
    case "invalid_type":
      return `${found}; ${wantedType(issue.expected)} was wanted.`;
    case "too_small":
      return `${found}; ${issue.inclusive === false ? "more than" : "at least"} ${issue.minimum}${unitOf(issue.origin)} was wanted.`;
    case "too_big":
      return `${found}; ${issue.inclusive === false ? "less than" : "at most"} ${issue.maximum}${unitOf(issue.origin)} was wanted.`;
    case "invalid_value": {
      const words = issue.values.map(String);
      const one = words.length === 1 ? words.join("") : `one of ${words.join(", ")}`;
      return `${found}; ${one} was wanted.${typeof issue.input === "string" ? didYouMean(issue.input, words) : ""}`;
    }
    case "not_multiple_of":
      return `${found}; a multiple of ${issue.divisor} was wanted.`;
    case "invalid_format":
      return `${found}; ${issue.pattern === undefined ? issue.format : `text of the form ${issue.pattern}`} was wanted.`;
    case "invalid_union": {
      const wanted = wantedKinds(issue);
      return wanted === undefined ? `${found}, which is of none of the kinds that are accepted here.` : `${found}; ${wanted} was wanted.`;
    }
    case "invalid_key":
    case "invalid_element":
      return `${found}, which is of none of the kinds that are accepted here.`;
    case "unrecognized_keys":
    case "custom":
      return undefined;
  }
}

/** The kinds of value of which one was wanted, where it is the kind that is wrong: "text or a list". */
function wantedKinds(issue: z.core.$ZodRawIssue | z.core.$ZodIssue): string | undefined {
  if (issue.code === "invalid_type") return wantedType(issue.expected);
  if (issue.code !== "invalid_union") return undefined;
  const kinds = issue.errors.map((faults) => faults.find(({ code, path }) => code === "invalid_type" && path.length === 0));
  const names = kinds.map((fault) => fault && wantedKinds(fault));
  return names.includes(undefined) || names.length === 0 ? undefined : [...new Set(names)].join(" or ");
}

function unitOf(origin: string): string {
  if (origin === "string") return " characters";
  return origin === "array" || origin === "set" ? " entries" : "";
}

function wantedType(expected: string): string {
  return WANTED_TYPES.get(expected) ?? expected;
}

/** Of one map; each costs a walk to its place, and nobody reads more of them. */
const UNKNOWN_KEYS_MAX = 100;

const WANTED_TYPES: ReadonlyMap<string, string> = new Map([
  ["string", "text"],
  ["number", "a number"],
  ["int", "a whole number"],
  ["boolean", "true or false"],
  ["array", "a list"],
  ["object", "a map (name: value)"],
  ["record", "a map (name: value)"],
]);
