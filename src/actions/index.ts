import type { ActionDefinition } from "../component/index.ts";
import { block, type BlockContext } from "./block/block.ts";
import { log } from "./log/log.ts";

export { ActionSet, type WantedAction } from "./action_set.ts";
export { type BlockConfig, blockRequest } from "./block/block.ts";

/** Everything that some action needs. */
export type ActionsContext = BlockContext;

/** Every action there is, by name. */
export const actions: readonly ActionDefinition<unknown, ActionsContext>[] = [block, log];
