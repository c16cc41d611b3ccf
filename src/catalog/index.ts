export { Catalog, type CatalogOptions, type Output, TICK_MS } from "./catalog.ts";
export { DEFAULT_POOL_BOUNDS, type PoolBounds, type PooledRow } from "./output_pool.ts";
export { type OpenStatement, type QueryDefinition, type QueryState, type QueryStatus } from "./query.ts";
export { DEFAULT_TARGET_TIME, REPLAY_TARGET_TIME, type TargetStatus, type TargetTime } from "./target.ts";
