export { Answer } from "./answer.ts";
export type { Services } from "./app.ts";
export { askDaemon } from "./client.ts";
export type { CatalogService, EventsForm, EventsService, QueryWish, ServedField, ServedQuery } from "./catalog_service.ts";
export { openRpcListener, type RpcListener } from "./norikra/listener.ts";
export { type RpcAddress, RpcClient, RpcError } from "./norikra/client.ts";
export { controlPathOf, openServer, type Server, type ServerOptions } from "./server.ts";
export { HookList } from "./hooks_api.ts";
