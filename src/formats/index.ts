export { type FormatChoice, formatSetting, openFormat } from "./format_choice.ts";
export { formats } from "./list.ts";

export { JsonEvents } from "./json_events.ts";
export { type EventsTaken, MsgpackEvents } from "./msgpack_events.ts";
