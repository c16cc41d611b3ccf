import { fieldTypeNamed } from "../event/index.ts";
import { HotakaError } from "../kit/index.ts";

/**
 * The fields of the targets of a Norikra, by the names of both, with types as settings have them: of the text of the file that
 * `norikra start --stats` keeps. Throws HOTAKA_IMPORT_INVALID.
 */
export function fieldsOfStats(text: string, file: string): ReadonlyMap<string, Readonly<Record<string, string>>> {
  const stats = jsonOf(text, file);
  const targets = listIn(stats, "targets");
  return new Map(
    targets.map((target) => {
      const fields = listIn(target, "fields").map(
        (field) => [textIn(field, "name"), fieldTypeNamed(textIn(field, "type")) ?? "string"] as const,
      );
      return [textIn(target, "name"), Object.fromEntries(fields.filter(([name]) => name !== ""))];
    }),
  );
}

function jsonOf(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (thrown) {
    throw new HotakaError("HOTAKA_IMPORT_INVALID", `${file} is not JSON. The file that norikra start --stats keeps was wanted.`, {
      cause: thrown,
    });
  }
}

function listIn(value: unknown, key: string): readonly unknown[] {
  const list: unknown = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
  return Array.isArray(list) ? (list as readonly unknown[]) : [];
}

function textIn(value: unknown, key: string): string {
  const text: unknown = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
  return typeof text === "string" ? text : "";
}
