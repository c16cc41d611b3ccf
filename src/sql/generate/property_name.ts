import type { Emitter } from "./emitter.ts";

/** A column name as a key of an object: as text where it is a plain word, which can do nothing; handed in where it is anything else. */
export function propertyName(name: string, emitter: Emitter): string {
  return /^[A-Za-z_]\w*$/.test(name) && name !== "__proto__" ? name : `[${emitter.handIn(name)}]`;
}
