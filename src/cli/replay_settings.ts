import { type BlockConfig, blockRequest } from "../actions/index.ts";
import { parseNeverBlock, Protection, type Rules } from "../blocks/index.ts";
import type { QueryDefinition, TargetTime } from "../catalog/index.ts";
import type { FieldType } from "../event/index.ts";
import { COMPONENTS, loadSettings, type OwnFunctions, type Settings } from "../settings/index.ts";
import type { Ask } from "./replay_blocks.ts";

/** What a replay takes from a settings file: its queries, how time is kept, and who answers rows with a block. */
export interface ReplaySettings {
  readonly queries: readonly QueryDefinition[];
  readonly functions: OwnFunctions | undefined;
  readonly times: ReadonlyMap<string, Partial<TargetTime>>;
  readonly rules: Rules;
  readonly asks: readonly Ask[];
  /** The targets of decisions with their fields: a query may read them, though a replay decides nothing that comes back as an event. */
  readonly decisions: ReadonlyMap<string, Readonly<Record<string, FieldType>>>;
}

/** Throws what is wrong with the file. Loaded only where a settings file is named: queries by themselves start sooner. */
export async function loadReplaySettings(file: string): Promise<ReplaySettings> {
  const settings = await loadSettings(file, COMPONENTS);
  return {
    queries: settings.queries,
    functions: settings.functions,
    times: settings.targets,
    rules: {
      policy: { ...settings.policy, decisionAgeMaxMs: undefined },
      protection: new Protection(parseNeverBlock(settings.neverBlock.prefixes)),
    },
    asks: asksOf(settings),
    decisions: decisionsOf(settings),
  };
}

function decisionsOf({ decisionTargets: { blocked, detected }, decisionFields }: Settings): ReplaySettings["decisions"] {
  const fields = Object.fromEntries(decisionFields);
  return new Map([blocked, detected].flatMap((target) => (target === undefined ? [] : [[target, fields]])));
}

function asksOf(settings: Settings): Ask[] {
  return settings.actions.flatMap(({ definition, config, fits }) => {
    if (definition.name !== "block" || !isBlockConfig(config)) return [];
    const ask: Ask = (row) => (fits(row.query) ? blockRequest(config, row) : undefined);
    return [ask];
  });
}

// The settings of an action are known to itself alone; the schema of the block action has made these.
function isBlockConfig(config: unknown): config is BlockConfig {
  return typeof config === "object" && config !== null && "address" in config && "for" in config && "mode" in config;
}
