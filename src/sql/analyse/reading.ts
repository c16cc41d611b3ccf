import type { Schema } from "../../event/index.ts";
import type { Reading } from "../plan/reading.ts";
import type { ExpressionNode, SelectNode } from "../syntax/index.ts";
import { pathOf } from "./analysis.ts";

/** Goes by what is written, as Norikra does: that a field is named is what counts, wherever it is. */
export function readingOf(select: SelectNode, schemas: ReadonlyMap<string, Schema>): Reading {
  const found = new Found();
  found.visit(select);
  const required = new Map<string, Set<string>>();
  for (const { target, alias } of found.streams) {
    const schema = schemas.get(target);
    if (schema === undefined) continue;
    const fields = required.get(target) ?? new Set();
    required.set(target, fields);
    const nullable = new Set(found.nullable.map((path) => fieldNamed(path, alias, schema)));
    for (const path of found.paths) {
      const field = fieldNamed(path, alias, schema);
      if (field !== undefined && !nullable.has(field)) fields.add(field);
    }
  }
  const shown = select.items.flatMap((item) => (item.kind === "wildcard" ? [item.of] : []));
  const wildcards = new Set<string>();
  for (const { target, alias } of found.streams) if (shown.some((of) => of === undefined || of === alias)) wildcards.add(target);
  return { required, wildcards };
}

/** The field of a target that a path names, or that it begins with: behind it may stand a method or a part of its value. */
function fieldNamed(path: readonly string[], alias: string, schema: Schema): string | undefined {
  for (const names of path[0] === alias ? [path, path.slice(1)] : [path]) {
    for (let length = names.length; length > 0; length--) {
      const name = names.slice(0, length).join(".");
      if (schema.field(name) !== undefined) return name;
    }
  }
  return undefined;
}

/** Names and streams of a query, and of those within it. */
class Found {
  readonly paths: (readonly string[])[] = [];
  readonly nullable: (readonly string[])[] = [];
  readonly streams: { readonly target: string; readonly alias: string }[] = [];

  visit(node: unknown): void {
    if (typeof node !== "object" || node === null) return;
    if (Array.isArray(node)) {
      for (const item of node as readonly unknown[]) this.visit(item);
      return;
    }
    const { kind, target, tag, alias, source } = node as Partial<Record<string, unknown>>;
    if (kind === "name" || kind === "member") {
      const path = pathOf(node as ExpressionNode);
      if (path !== undefined) return void this.paths.push(path);
    }
    if (kind === "call" && this.#isNullable(node as ExpressionNode)) return;
    if (kind === "filter" && typeof target === "string") this.streams.push({ target, alias: typeof tag === "string" ? tag : target });
    const { target: of } = typeof source === "object" && source !== null && "target" in source ? source : { target: undefined };
    if (typeof of === "string") this.streams.push({ target: of, alias: typeof alias === "string" ? alias : of });
    for (const part of Object.values(node)) this.visit(part);
  }

  #isNullable(node: ExpressionNode): boolean {
    if (node.kind !== "call" || node.name.toLowerCase() !== "nullable") return false;
    const path = node.arguments[0] && pathOf(node.arguments[0]);
    if (path !== undefined) this.nullable.push(path);
    return path !== undefined;
  }
}
