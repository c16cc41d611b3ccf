import type { Schema } from "../../event/index.ts";
import { didYouMean } from "../../kit/index.ts";
import type { InsertPlan, ItemPlan } from "../plan/plan.ts";
import { fieldTypeOf } from "../plan/type.ts";
import type { InsertIntoNode, SourceText } from "../syntax/index.ts";

/**
 * What INSERT INTO gives its target. Columns named behind the target take the place of the names of the select list, one by one. Throws
 * HOTAKA_SQL_INVALID when they are not as many, HOTAKA_SQL_UNKNOWN_FIELD and HOTAKA_SQL_TYPE when the target stands without such a field and takes none.
 */
export function analyseInsert(
  node: InsertIntoNode,
  items: readonly ItemPlan[],
  { schemas, takesFields }: { readonly schemas: ReadonlyMap<string, Schema>; readonly takesFields: (target: string) => boolean },
  source: SourceText,
): InsertPlan {
  const { target, stream, columns } = node;
  if (columns.length > 0 && columns.length !== items.length) {
    const sentence = `INSERT INTO ${target} names ${columns.length} columns, but the select list has ${items.length}.`;
    throw source.error("HOTAKA_SQL_INVALID", node.at, sentence);
  }
  const fields = items.map((item, index) => ({ name: columns[index] ?? item.name, type: fieldTypeOf(item.type) }));
  const schema = schemas.get(target);
  for (const { name, type } of schema === undefined ? [] : fields) {
    const known = schema?.field(name);
    if (known === undefined) {
      if (takesFields(target)) continue;
      const sentence = `target "${target}" has no field "${name}", and INSERT INTO adds none to a target that stands.`;
      throw source.error(
        "HOTAKA_SQL_UNKNOWN_FIELD",
        node.at,
        `${sentence}${didYouMean(name, schema?.fields.map((field) => field.name) ?? [])}`,
      );
    }
    if (known.type !== type)
      throw source.error("HOTAKA_SQL_TYPE", node.at, `field "${name}" of target "${target}" is ${known.type}; this query gives ${type}.`);
  }
  return { target, stream, fields };
}
