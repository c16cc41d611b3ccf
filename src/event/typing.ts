import type { FieldType } from "./schema.ts";

/** How the fields of a target become known as events of any shape arrive. */
export interface Typing {
  /** Moves whenever a field was added or another is waited for: what was worked out for a key has to be worked out again. */
  readonly version: number;
  /** Fields that a query waits for and that no event has had yet, as the query names them: `agent`, `req.path`. */
  readonly awaited: ReadonlySet<string>;
  /** Whether the first event is still to come that says what events of this target look like. */
  readonly isLazy: boolean;
  /** Whether a field of this name is wanted at all, if an event has it. */
  takes(name: string): boolean;
  /** An event has a value of this type under a name that is no field yet, and is taken. Adds the field, or counts that there is no room. */
  meet(name: string, type: FieldType): void;
  /** Between two events, when all before have been handed on: whoever waited for the fields that were added may begin. */
  settle(): void;
  /** An event had so many keys that cannot be fields, and values that became null because they do not fit their field. */
  refused(keys: number, values: number): void;
}
