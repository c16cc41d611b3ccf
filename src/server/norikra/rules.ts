import { fieldTypeNamed } from "../../event/index.ts";
import type { CatalogService, QueryWish } from "../catalog_service.ts";
import { clientError } from "./norikra_error.ts";

/** The rules whose sentences clients of Norikra know. Everything else is refused in the words of the room that refuses it. */

/** Throws unless `name` may be the name of a target. */
export function checkTargetName(name: string): void {
  if (!TARGET_NAME.test(name)) throw clientError("invalid target name");
}

/** The type under the name that we give it. `hash` and `array` are found in events and are reserved, never given at open. */
export function checkFieldType(type: string, when: "open" | "reserve"): string {
  const known = fieldTypeNamed(type);
  if (known !== undefined && (when === "reserve" || !CONTAINERS.has(known))) return known;
  if (type === "byte") throw clientError("byte is not supported in Norikra");
  if (known !== undefined) throw clientError(`${known} is container field. Don't specify it at open, use it directly.`);
  throw clientError(`invalid field type '${type.slice(0, 100)}'`);
}

/** Throws when the query lacks a name or a text, or when the name is taken. */
export function checkExpression({ name, sql }: QueryWish, catalog: CatalogService): void {
  if (name.trim() === "") throw clientError("Query name MUST NOT be blank");
  if (sql.trim() === "") throw clientError("Expression MUST NOT be blank");
  const standing = catalog.queries().find((query) => query.name === name);
  if (standing === undefined) return;
  throw clientError(`query name '${name}' already exists${standing.state === "suspended" ? " in suspended" : ""}`);
}

const TARGET_NAME = /^[a-zA-Z](?:[_a-zA-Z0-9]*[a-zA-Z0-9])?$/;
const CONTAINERS: ReadonlySet<string> = new Set(["hash", "array"]);
