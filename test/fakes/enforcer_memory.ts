import type { EnforcerMemory } from "../../src/component/index.ts";

/** What enforcers keep, for as long as a test holds it. */
export function memory(): EnforcerMemory {
  const kept = new Map<string, string>();
  return {
    get: (key) => {
      const json = kept.get(key);
      return json === undefined ? undefined : (JSON.parse(json) as unknown);
    },
    set: (key, value) => void kept.set(key, JSON.stringify(value)),
    delete: (key) => void kept.delete(key),
    entries: (prefix) =>
      new Map(
        [...kept].flatMap(([key, json]): [string, unknown][] =>
          key.startsWith(prefix) ? [[key.slice(prefix.length), JSON.parse(json)]] : [],
        ),
      ),
  };
}
