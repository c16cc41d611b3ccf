import type { Clock, Counters, Log, Steps } from "../kit/index.ts";

/** What a component is handed, of whatever kind it is: it takes nothing else from its surroundings but what its kind adds. */
export interface ComponentContext {
  /** Where it stands in the settings, for messages and labels: `sources[0] (tail)`. */
  readonly name: string;
  /** Where relative paths of the settings start: the folder of the settings file, as an absolute path. */
  readonly folder: string;
  readonly clock: Clock;
  readonly steps: Steps;
  readonly log: Log;
  readonly counters: Counters;
}
