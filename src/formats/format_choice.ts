import { componentItem, declaredIn, type Format, type Zod } from "../component/index.ts";
import { assert } from "../kit/index.ts";
import { formats } from "./list.ts";

/** A format as settings choose it: which one, and what its schema made of its settings. */
export interface FormatChoice {
  readonly name: string;
  readonly config: unknown;
}

/** The schema of a setting that chooses a format: by its name alone where it needs no settings, or as a map of its name to them. */
export function formatSetting(z: Zod) {
  const bare = formats.filter(({ config }) => config(z).safeParse({}).success);
  const named = z.enum(bare.map(({ name }) => name)).transform((name): FormatChoice => {
    const definition = formats.find((format) => format.name === name);
    return { name, config: definition?.config(z).parse({}) };
  });
  const withSettings = componentItem(z, formats, {}).transform((item): FormatChoice => {
    const [declared] = declaredIn(formats, item);
    assert(declared !== undefined, "an item declares one format");
    return { name: declared.definition.name, config: declared.config };
  });
  return z
    .union([named, withSettings])
    .describe("What the lines look like: the name of a format, or its name with its settings, as `csv: { columns: [host, path] }`.");
}

/** The format that `formatSetting` has passed. */
export function openFormat({ name, config }: FormatChoice): Format {
  const definition = formats.find((format) => format.name === name);
  assert(definition !== undefined, `"${name}" was taken for a format`);
  return definition.open(config);
}
