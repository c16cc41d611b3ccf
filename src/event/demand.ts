/** How a field is wanted: as a `key` (grouped by, compared for equality: worth a dictionary) or as a `value`. */
export type Use = "key" | "value";

/**
 * The fields of one target that somebody asks for now. A source decodes these and no others. It changes while the source runs: a reader
 * compares `version` before each batch and makes its scanner anew when it moved.
 */
export class Demand {
  readonly #askers = new Map<object, ReadonlyMap<string, Use>>();
  #fields: ReadonlyMap<string, Use> = new Map();
  #version = 0;

  /** Grows by one whenever `fields` changes. */
  get version(): number {
    return this.#version;
  }

  /** Every wanted field by name; `key` wins where both are asked for. */
  get fields(): ReadonlyMap<string, Use> {
    return this.#fields;
  }

  /** Sets what `asker` wants, in place of what it wanted before. */
  ask(asker: object, fields: ReadonlyMap<string, Use>): void {
    this.#askers.set(asker, new Map(fields));
    this.#update();
  }

  /** `asker` wants nothing any more. */
  withdraw(asker: object): void {
    if (this.#askers.delete(asker)) this.#update();
  }

  #update(): void {
    const fields = new Map<string, Use>();
    for (const wanted of this.#askers.values()) {
      for (const [name, use] of wanted) if (use === "key" || !fields.has(name)) fields.set(name, use);
    }
    if (sameFields(fields, this.#fields)) return;
    this.#fields = fields;
    this.#version++;
  }
}

function sameFields(left: ReadonlyMap<string, Use>, right: ReadonlyMap<string, Use>): boolean {
  return left.size === right.size && [...left].every(([name, use]) => right.get(name) === use);
}
