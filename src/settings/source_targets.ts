import type { Declared, SourceDefinition, TargetFields } from "../component/index.ts";
import type { Routing } from "../routes/index.ts";

/**
 * The targets that a source feeds, with the fields that it gives them: those that its settings name, and those where its tags go. Undefined
 * where its events name their targets as they come.
 */
export function targetsOf(
  { definition, config }: Declared<SourceDefinition<unknown>>,
  routing: Routing,
): readonly (readonly [target: string, fields: TargetFields])[] | undefined {
  const named = definition.targets(config);
  if (named === undefined) return undefined;
  const tagged = Object.entries(definition.tags?.(config) ?? {}).flatMap(([tag, fields]) => {
    const target = routing.destinationOf(tag)?.target;
    return target === undefined ? [] : [[target, routing.planOf(tag).fieldsOf(fields)] as const];
  });
  return [...Object.entries(named), ...tagged];
}
