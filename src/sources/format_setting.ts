import type { Format, Zod } from "../component/index.ts";
import { formats } from "../formats/index.ts";
import { assert } from "../kit/index.ts";

/** The schema of a setting that names a format. */
export function formatSetting(z: Zod) {
  return z.enum(formats.map(({ name }) => name)).describe("What the lines look like: the name of a format.");
}

/** The format of that name, which `formatSetting` has passed. */
export function formatNamed(name: string): Format {
  const definition = formats.find((format) => format.name === name);
  assert(definition !== undefined, `"${name}" was taken for a format`);
  return definition.open({});
}
