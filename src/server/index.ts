export { Answer } from "./answer.ts";
export type { Services } from "./app.ts";
export { askDaemon } from "./client.ts";
export { controlPathOf, openServer, type Server, type ServerOptions } from "./server.ts";
export { HookList } from "./hooks_api.ts";
