export { readConfiguration } from "./fluentd/configuration.ts";
export type { Note } from "./fluentd/notes.ts";
export { fieldsOfStats } from "./norikra_stats.ts";
export { translate, type Translation } from "./fluentd/translate.ts";
