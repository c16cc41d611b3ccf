import type { FilterDefinition } from "../component/index.ts";
import type { Match } from "../kit/index.ts";
import { RecordPlan } from "./record_plan.ts";

/** A route as the settings declare it. */
export interface Route {
  readonly fits: Match;
  /** Undefined: the tag names the target. */
  readonly target: string | undefined;
  /** Taken off the tag, with the point behind it, before it names the target. */
  readonly removePrefix: string | undefined;
  /** Its events go nowhere. */
  readonly drop: boolean;
}

/** A filter as the settings declare it. */
export interface PlacedFilter {
  /** Where it stands in the settings: `filters[0] (grep)`. */
  readonly name: string;
  readonly fits: Match;
  readonly definition: FilterDefinition<unknown>;
  readonly config: unknown;
  /** What it has opened, once it has. */
  readonly opened?: unknown;
}

/** Where the events of a tag go. */
export interface Destination {
  /** The place of the route in the list; undefined when there are no routes. */
  readonly route: number | undefined;
  /** Undefined: they are dropped. */
  readonly target: string | undefined;
}

/**
 * What the settings say of tags: the filters that fit a tag, in their order, and behind them the first route that does. Without any routes
 * a tag names its target.
 */
export class Routing {
  readonly #routes: readonly Route[];
  readonly filters: readonly PlacedFilter[];

  constructor(routes: readonly Route[], filters: readonly PlacedFilter[]) {
    this.#routes = routes;
    this.filters = filters;
  }

  /** The same, with filters that have opened what they read. */
  withFilters(filters: readonly PlacedFilter[]): Routing {
    return new Routing(this.#routes, filters);
  }

  /** Where a tag goes; undefined when no route takes it. */
  destinationOf(tag: string): Destination | undefined {
    if (this.#routes.length === 0) return { route: undefined, target: targetName(tag) };
    const index = this.#routes.findIndex(({ fits }) => fits(tag));
    const route = this.#routes[index];
    if (route === undefined) return undefined;
    return { route: index, target: route.drop ? undefined : (route.target ?? targetName(withoutPrefix(tag, route.removePrefix))) };
  }

  /** What its filters do to the events of a tag. */
  planOf(tag: string): RecordPlan {
    const plan = new RecordPlan(tag);
    for (const { definition, config, opened } of this.filtersOf(tag)) definition.apply(config, plan, opened);
    return plan;
  }

  /** The filters that fit a tag, in their order. */
  filtersOf(tag: string): readonly PlacedFilter[] {
    return this.filters.filter(({ fits }) => fits(tag));
  }
}

/** As Fluentd removes it: the prefix and the point behind it. */
function withoutPrefix(tag: string, prefix: string | undefined): string {
  return prefix !== undefined && tag.startsWith(`${prefix}.`) ? tag.slice(prefix.length + 1) : tag;
}

/** `web.access` as `web_access`, which SQL can name. */
function targetName(tag: string): string {
  return tag.replaceAll(/[^A-Za-z0-9_]/g, "_");
}
