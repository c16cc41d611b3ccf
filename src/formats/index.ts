import type { FormatDefinition } from "../component/index.ts";
import type { formatSetting, openFormat } from "./format_choice.ts";

export { combined } from "./combined/combined.ts";
export type { FormatChoice } from "./format_choice.ts";

/** Every format, in order of name. They are loaded when somebody asks: a replay of the format that most logs are in needs that one alone. */
export async function loadFormats(): Promise<readonly FormatDefinition<unknown>[]> {
  return (await import("./list.ts")).formats;
}

/** How settings choose one of all formats: the schema of such a setting, and how what it gives is opened. */
export async function loadFormatChoice(): Promise<FormatChoices> {
  return import("./format_choice.ts");
}

interface FormatChoices {
  readonly formatSetting: typeof formatSetting;
  readonly openFormat: typeof openFormat;
}
