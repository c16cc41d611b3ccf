import { assert } from "../kit/index.ts";

/** An object of an answer of the daemon. Each field is asked for with the type it must have. */
export class Answer {
  /** As it came. */
  readonly json: object;
  readonly #fields: ReadonlyMap<string, unknown>;

  constructor(json: unknown) {
    assert(typeof json === "object" && json !== null, "the daemon answered with something that is not an object");
    this.json = json;
    this.#fields = new Map(Object.entries(json));
  }

  static parse(text: string): Answer {
    try {
      return new Answer(JSON.parse(text));
    } catch {
      return new Answer({ detail: `The daemon gave an answer that is not JSON: ${JSON.stringify(text.slice(0, 100))}.` });
    }
  }

  text(name: string): string {
    const value = this.#fields.get(name);
    assert(typeof value === "string", `the answer has no text "${name}"`);
    return value;
  }

  textOr(name: string, otherwise: string): string {
    const value = this.#fields.get(name);
    return typeof value === "string" ? value : otherwise;
  }

  number(name: string): number {
    const value = this.#fields.get(name);
    assert(typeof value === "number", `the answer has no number "${name}"`);
    return value;
  }

  numberOrNull(name: string): number | null {
    return this.#fields.get(name) === null ? null : this.number(name);
  }

  boolean(name: string): boolean {
    const value = this.#fields.get(name);
    assert(typeof value === "boolean", `the answer has no yes or no "${name}"`);
    return value;
  }

  object(name: string): Answer {
    return new Answer(this.#fields.get(name));
  }

  objects(name: string): Answer[] {
    return this.#list(name).map((item) => new Answer(item));
  }

  texts(name: string): string[] {
    return this.#list(name).map(String);
  }

  #list(name: string): unknown[] {
    const value = this.#fields.get(name);
    assert(Array.isArray(value), `the answer has no list "${name}"`);
    return value;
  }
}
