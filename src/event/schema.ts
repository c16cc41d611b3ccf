import { HotakaError } from "../kit/index.ts";
import { Dictionary } from "./dictionary.ts";

/** `integer` is 64 bits wide, `float` is an IEEE double; `hash` and `array` hold nested values. */
export type FieldType = "string" | "integer" | "float" | "boolean" | "hash" | "array";

/** Whether a word is a type; for what was written down. */
export function isFieldType(word: string): word is FieldType {
  return FIELD_TYPES.includes(word);
}

/** The type that is meant by a word in small or capital letters, also one of those that Norikra knows for it: `int`, `LONG`, `double`, `bool`. */
export function fieldTypeNamed(word: string): FieldType | undefined {
  const lower = word.toLowerCase();
  return isFieldType(lower) ? lower : OTHER_NAMES.get(lower);
}

const FIELD_TYPES: readonly string[] = ["string", "integer", "float", "boolean", "hash", "array"] satisfies FieldType[];
const OTHER_NAMES: ReadonlyMap<string, FieldType> = new Map([
  ["int", "integer"],
  ["long", "integer"],
  ["double", "float"],
  ["bool", "boolean"],
]);

/** One key of the events of a target. */
export interface Field {
  readonly name: string;
  readonly type: FieldType;
  /** Where the field stands in `Batch.columns`. Never changes while the target lives. */
  readonly slot: number;
  /** Events need not have it: a query that reads it sees those that do. */
  readonly optional: boolean;
}

/** The fields of one target. Fields are added while it runs, never taken away: a slot once given stays. */
export class Schema {
  readonly target: string;
  readonly #fields: Field[] = [];
  readonly #byName = new Map<string, Field>();
  readonly #dictionaries = new Map<number, Dictionary>();

  constructor(target: string, fields: Readonly<Record<string, FieldType>> = {}) {
    this.target = target;
    for (const [name, type] of Object.entries(fields)) this.add(name, type);
  }

  get fields(): readonly Field[] {
    return this.#fields;
  }

  field(name: string): Field | undefined {
    return this.#byName.get(name);
  }

  /**
   * The codes of a string field that is wanted as a key: one dictionary for the target, however many sources bring the field and however
   * often the demand changes, so that a code means the same string in every batch between two sweeps.
   */
  dictionary(field: Field): Dictionary {
    let dictionary = this.#dictionaries.get(field.slot);
    if (dictionary === undefined) {
      dictionary = new Dictionary();
      this.#dictionaries.set(field.slot, dictionary);
    }
    return dictionary;
  }

  /** Adds a field, or gives the one that stands, which stays as optional as it is. Throws HOTAKA_FIELD_CONFLICT when it stands with another type. */
  add(name: string, type: FieldType, optional = false): Field {
    const known = this.#byName.get(name);
    if (known === undefined) {
      const field: Field = { name, type, slot: this.#fields.length, optional };
      this.#fields.push(field);
      this.#byName.set(name, field);
      return field;
    }
    if (known.type !== type) {
      throw new HotakaError(
        "HOTAKA_FIELD_CONFLICT",
        `field "${name}" of target "${this.target}" is ${known.type} and cannot also be ${type}.`,
      );
    }
    return known;
  }
}
