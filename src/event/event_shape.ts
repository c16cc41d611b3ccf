import { type FieldSink, putValue } from "./field_sink.ts";

/** Reads an event into the sinks of its keys; false, and nothing is read, of what is no event, has other keys or has them in another order. */
export type ReadShape = (event: unknown) => boolean;

/**
 * Code that reads events with exactly the keys that `event` has. V8 remembers at each place in the code how the objects there are laid out, and
 * which sink is called: one place for all keys would know none of them well. Undefined where a key has a sink that learns from it, for
 * events with no keys or more than are worth it, and where the keys may be those of an array.
 */
export function shapeOf(event: Readonly<Record<string, unknown>>, sinkOf: (key: string) => FieldSink): ReadShape | undefined {
  const keys: string[] = [];
  for (const key in event) if (keys.push(key) > KEYS_MAX) return undefined;
  if (keys[0] === undefined || /^\d/.test(keys[0])) return undefined;
  const sinks = keys.map(sinkOf);
  if (sinks.some(({ learns }) => learns)) return undefined;
  const wanted = keys.flatMap((_key, at) => (sinks[at]!.isWanted ? [at] : []));
  const cases = keys.map((_key, at) => `case ${at}: if (key !== key${at}) return false; break;`);
  const reads = wanted.map(
    (at) => `
      const value${at} = event[key${at}];
      if (typeof value${at} === "number") { if (Number.isInteger(value${at})) sink${at}.integer(value${at}); else sink${at}.float(value${at}); }
      else if (typeof value${at} === "string") sink${at}.text(value${at});
      else putValue(sink${at}, value${at});`,
  );
  // oxlint-disable-next-line typescript/no-implied-eval -- the text holds numbers only; the keys and the sinks are handed in
  const make = new Function(
    "putValue",
    ...keys.map((_key, at) => `key${at}`),
    ...wanted.map((at) => `sink${at}`),
    `"use strict"; return function readShape(event) {
      let at = 0;
      for (const key in event) switch (at++) { ${cases.join(" ")} default: return false; }
      if (at !== ${keys.length}) return false;
      ${reads.join("")}
      return true;
    };`,
  ) as (...handedIn: readonly unknown[]) => ReadShape;
  return make(putValue, ...keys, ...wanted.map((at) => sinks[at]));
}

const KEYS_MAX = 64;
