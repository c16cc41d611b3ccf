export { type FormatChoice, formatSetting, openFormat } from "./format_choice.ts";
export { formats } from "./list.ts";
