import { loadFormatChoice } from "../formats/index.ts";

// Whoever declares a source that reads lines needs all formats; whoever only reads a log needs neither this file nor them.
export const { formatSetting, openFormat } = await loadFormatChoice();
