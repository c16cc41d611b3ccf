export type { Daemon } from "./daemon.ts";
export { type DaemonOptions, openDaemon } from "./open.ts";
