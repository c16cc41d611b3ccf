import type { FieldType, Value } from "../event/index.ts";
import type { ComponentContext } from "./context.ts";
import type { Definition } from "./definition.ts";

/**
 * Says which of the events that carry a tag go on, and what fields they then have. It never sees an event: it adds to a plan, once for each
 * tag, and the plan reads of the events what it needs and no more.
 */
export interface FilterDefinition<Config, Opened = unknown> extends Definition<Config> {
  readonly kind: "filter";
  /** Opens what it reads beside the events, before the first of them comes. Rejects with a HotakaError. */
  open?(config: Config, context: FilterContext): Promise<Opened>;
  /**
   * Adds what the filter does; pure. What it gives on to the plan may be called for every event. `opened` is what `open` gave, and undefined where
   * a plan is made only to see which fields events will have.
   */
  apply(config: Config, plan: FilterPlan, opened: Opened | undefined): void;
}

/** What a filter is handed to open what it reads: it takes nothing else from its surroundings. */
export type FilterContext = ComponentContext;

/** What the filters of one tag do, in their order. */
export interface FilterPlan {
  /** The tag of the events; asking for it makes the plan one of this tag alone. */
  readonly tag: string;
  /**
   * A field as it stands after the filters so far: by its name, or for what is nested by its path (`req.path`) where no field has that name
   * as a whole.
   */
  field(name: string): Origin;
  /** Events that do not pass `test`, which is given the values of `of`, go no further. */
  require(of: readonly Origin[], test: (values: readonly EventValue[]) => boolean): void;
  /** From here on a field has this value, whether events had the field or not. */
  set(name: string, origin: Origin): void;
  /** From here on a field goes by another name. What had that name is gone. */
  rename(from: string, to: string): void;
  remove(name: string): void;
  /** All other fields are removed. */
  keep(names: readonly string[]): void;
}

/** A value of an event; undefined where the event does not have the field, which is less than null. */
export type EventValue = Value | undefined;

/** Where a value comes from: a field as events bring it, or what is made of others. */
export type Origin = FieldOrigin | MadeOrigin;

/** A field as events bring it. */
export interface FieldOrigin {
  readonly kind: "field";
  readonly name: string;
}

/** What is worked out for each event, of one type; undefined where it then does not have it. */
export interface MadeOrigin {
  readonly kind: "made";
  readonly type: FieldType;
  readonly of: readonly Origin[];
  readonly make: (values: readonly EventValue[]) => EventValue;
}

/** Declares a filter; the types of its settings come from its schema. */
export function defineFilter<Config, Opened = unknown>(
  definition: Omit<FilterDefinition<Config, Opened>, "kind">,
): FilterDefinition<Config, Opened> {
  return { kind: "filter", ...definition };
}
