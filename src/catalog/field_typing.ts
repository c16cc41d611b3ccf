import type { FieldType, Schema, Typing } from "../event/index.ts";
import type { Counter, Counters, Log } from "../kit/index.ts";

export interface FieldTypingOptions {
  readonly schema: Schema;
  readonly counters: Counters;
  readonly log: Log;
  readonly fields_max: number;
  /** Told, between two events, that fields were added. */
  readonly settled: () => void;
}

/**
 * How a target learns its fields, by the rules of Norikra. The first event of a lazy one fixes the fields that every event has: all that
 * are no containers. What comes later is optional: every new field with `autoField`, without it those that a query waits for. A field has
 * the type of the first value that was seen of it, for good.
 */
export class FieldTyping implements Typing {
  readonly #options: FieldTypingOptions;
  readonly #beyond: Counter;
  readonly #keys: Counter;
  readonly #values: Counter;
  #version = 0;
  #awaited: ReadonlySet<string> = new Set();
  #isOpen = false;
  #isLazy = false;
  #autoField = false;
  #hasMet = false;

  constructor(options: FieldTypingOptions) {
    this.#options = options;
    const { counters, schema } = options;
    const counter = (what: string, help: string): Counter => counters.counter(what, help, { target: schema.target });
    this.#beyond = counter(
      "target_fields_refused",
      "Values under new keys that were no longer made fields, because fields_max was reached.",
    );
    this.#keys = counter("target_keys_refused", "Keys of events that cannot be the name of a field.");
    this.#values = counter("target_values_unfit", "Values that became null because they do not fit the type of their field.");
  }

  get version(): number {
    return this.#version;
  }

  get awaited(): ReadonlySet<string> {
    return this.#awaited;
  }

  /** Whether events may bring fields that nobody declared. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Whether the first event is still to come that says what events of this target look like. */
  get isLazy(): boolean {
    return this.#isLazy;
  }

  get autoField(): boolean {
    return this.#autoField;
  }

  /** From here on events of any shape are taken; the first one says what every event has, unless that is known. */
  open(options: { readonly autoField: boolean; readonly isLazy: boolean }): void {
    this.#isOpen = true;
    this.#isLazy = options.isLazy;
    this.setAutoField(options.autoField);
  }

  setAutoField(autoField: boolean): void {
    this.#autoField = autoField;
    this.#version++;
  }

  /** Sets the fields that queries wait for. */
  await(names: ReadonlySet<string>): void {
    if (names.size === this.#awaited.size && [...names].every((name) => this.#awaited.has(name))) return;
    this.#awaited = names;
    this.#version++;
  }

  takes(name: string): boolean {
    return this.#isOpen && (this.#isLazy || this.#autoField || this.#awaited.has(name));
  }

  meet(name: string, type: FieldType): void {
    const { schema, fields_max, log } = this.#options;
    if (schema.field(name) !== undefined) return;
    // What a query waits for was not made up by whoever sends events.
    if (schema.fields.length >= fields_max && !this.#awaited.has(name)) {
      if (this.#beyond.value === 0) log.warn(`${schema.target}: it has ${fields_max} fields (fields_max), so no more are added.`);
      this.#beyond.add();
      return;
    }
    const isContainer = type === "hash" || type === "array" || name.includes(".");
    schema.add(name, type, !this.#isLazy || isContainer);
    this.#hasMet = true;
    this.#version++;
  }

  /** A field was added by hand. */
  added(): void {
    this.#version++;
  }

  settle(): void {
    if (!this.#hasMet && !this.#isLazy) return;
    this.#hasMet = false;
    // Without autoField, fields that nobody waits for are not wanted from here on.
    if (this.#isLazy) this.#version++;
    this.#isLazy = false;
    this.#options.settled();
  }

  refused(keys: number, values: number): void {
    this.#keys.add(keys);
    this.#values.add(values);
  }
}

/** Fields of one target. A log line has some ten, a record of an application some hundred. */
export const FIELDS_MAX = 1000;
