export { FlapBreaker, type FlapLimit } from "./flap_breaker.ts";
export { Keeper, KEEPER_PACE, type KeeperOptions, type KeeperPace, type KeeperStatus } from "./keeper.ts";
export type { Fit, ItemState, Naming, Place } from "./place.ts";
export { shareOf } from "./share.ts";
