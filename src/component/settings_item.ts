import type { z } from "zod";
import { didYouMean } from "../kit/index.ts";
import type { Definition, Zod } from "./definition.ts";
import { shown } from "./settings_types.ts";

/** A component as the settings declare it. */
export interface Declared<Component extends Definition<unknown>> {
  readonly definition: Component;
  /** What its schema made of the settings; only `definition.open` knows what it is. */
  readonly config: unknown;
}

/**
 * The schema of a list item that declares one component: `tail: { path: ... }`, with the settings of `beside` next to it. Exactly one
 * component stands in an item, so that the order of the list is the order of the file.
 */
export function componentItem<Beside extends z.ZodRawShape>(z: Zod, components: readonly Definition<unknown>[], beside: Beside) {
  const names = components.map(({ name }) => name);
  // The type does not know which components there are; `declaredIn` finds them again in what the schema gives.
  const shape: object = Object.fromEntries(components.map((component) => [component.name, settingsOf(z, component).optional()]));
  const item = z.strictObject({ ...shape, ...beside }, { error: (issue) => faultOf(issue, names) });
  return item
    .superRefine((written, context) => {
      const declared = names.filter((name) => Object.hasOwn(written, name));
      if (declared.length === 1) return;
      const found = declared.length === 0 ? "no component was found" : `${declared.join(" and ")} were found in one item`;
      context.addIssue({ code: "custom", message: `${found}; exactly one of ${names.join(", ")} was wanted.` });
    })
    .meta({ oneOf: names.map((name) => ({ required: [name] })) });
}

/** The component of an item that `componentItem` has passed. */
export function declaredIn<Component extends Definition<unknown>>(
  components: readonly Component[],
  item: Readonly<Record<string, unknown>>,
): Declared<Component>[] {
  return components.filter(({ name }) => item[name] !== undefined).map((definition) => ({ definition, config: item[definition.name] }));
}

function settingsOf(z: Zod, { config, summary }: Definition<unknown>): z.ZodType {
  return config(z).describe(summary);
}

function faultOf(issue: z.core.$ZodRawIssue, names: readonly string[]): string | undefined {
  if (issue.code !== "invalid_type") return undefined;
  const nearest = typeof issue.input === "string" ? didYouMean(issue.input, names) : "";
  return `${shown(issue.input)} was found; one of ${names.join(", ")} with its settings was wanted, such as "${names[0] ?? ""}: {}".${nearest}`;
}
