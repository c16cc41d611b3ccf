export { type FormatChoice, formatSetting, openFormat } from "./format_choice.ts";
export { formats } from "./list.ts";

export { JsonEvents } from "./json_events.ts";
export { type EventsTaken, MsgpackEvents } from "./msgpack_events.ts";
export { receivedSyslog } from "./syslog/received_syslog.ts";
export { timeZoneSetting } from "./time_text.ts";
export { jsonPlace } from "./json_place.ts";
