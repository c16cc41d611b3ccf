export { Catalog, type CatalogOptions, type Put, type RegisterOptions, TICK_MS } from "./catalog.ts";
export { CATALOG_MIGRATIONS, CatalogStore } from "./catalog_store.ts";
export type { Output } from "./deliveries.ts";
export { exportStats, importStats, type StatsImport } from "./norikra_stats.ts";
export { DEFAULT_POOL_BOUNDS, type PoolBounds, type PooledRow } from "./output_pool.ts";
export { type OpenStatement, type QueryDefinition, type QueryState, type QueryStatus } from "./query.ts";
export type { TargetStatus } from "./target.ts";
export { DEFAULT_TARGET_BOUNDS, type FieldStatus, isTargetName, type TargetBounds } from "./targets.ts";
export { ARRIVAL_TARGET_TIME, DEFAULT_TARGET_TIME, REPLAY_TARGET_TIME, type TargetTime } from "./target_time.ts";
