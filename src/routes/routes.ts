import type { Intake, OpenIntake } from "../component/index.ts";
import { type EventWriter, type FieldType, Schema } from "../event/index.ts";
import type { Counter, Counters, Log } from "../kit/index.ts";
import { Discard } from "./discard.ts";
import { FilteredIntake } from "./filtered_intake.ts";
import { FilteredWriter } from "./filtered_writer.ts";
import type { RecordPlan } from "./record_plan.ts";
import type { Destination, Routing } from "./routing.ts";
import { Unrouted } from "./unrouted.ts";

export interface RoutesOptions {
  readonly routing: Routing;
  readonly counters: Counters;
  readonly log: Log;
  /** The ways into targets, as of the catalog. */
  readonly intake: (target: string, fields: Readonly<Record<string, FieldType>>) => Intake;
  readonly openIntake: (target: string) => OpenIntake;
}

/** The ways from tags to targets. Whoever reads tags asks once for each and remembers what it was given. */
export class Routes {
  readonly #options: RoutesOptions;
  readonly #unrouted: Unrouted;
  /** Filters on their way into a target, which tags share whose filters do the same. */
  readonly #filtered = new Map<string, OpenIntake>();

  constructor(options: RoutesOptions) {
    this.#options = options;
    this.#unrouted = new Unrouted(options);
  }

  /** Whether a route takes a tag, also one that drops its events. */
  takes(tag: string): boolean {
    return this.#options.routing.destinationOf(tag) !== undefined;
  }

  /** The way for events of any shape. Throws HOTAKA_TARGET_NAME and HOTAKA_TARGET_LIMIT. */
  open(tag: string): OpenIntake {
    const { routing, openIntake } = this.#options;
    const destination = routing.destinationOf(tag);
    if (destination?.target === undefined) return this.#nowhere(tag, destination);
    const { target } = destination;
    const plan = routing.planOf(tag);
    if (plan.isIdle) return openIntake(target);
    const key = this.#keyOf(tag, target, plan);
    let filtered = this.#filtered.get(key);
    if (filtered === undefined || filtered.isClosed) {
      const intake = openIntake(target);
      filtered = new FilteredOpenIntake(intake, new FilteredWriter(plan, intake.columns, this.#droppedBy(tag)));
      if (this.#filtered.size >= FILTERED_MAX) this.#filtered.clear();
      this.#filtered.set(key, filtered);
    }
    return filtered;
  }

  /** The way for events that come as columns, of these fields. Throws HOTAKA_FIELD_CONFLICT. */
  intake(tag: string, fields: Readonly<Record<string, FieldType>>): Intake {
    const { routing, intake } = this.#options;
    const destination = routing.destinationOf(tag);
    if (destination?.target === undefined) return this.#nowhere(tag, destination, fields);
    const plan = routing.planOf(tag);
    if (plan.isIdle) return intake(destination.target, fields);
    return new FilteredIntake({ plan, fields, target: intake(destination.target, plan.fieldsOf(fields)), dropped: this.#droppedBy(tag) });
  }

  #nowhere(tag: string, destination: Destination | undefined, fields: Readonly<Record<string, FieldType>> = {}): Discard {
    return new Discard(new Schema(tag, fields), destination === undefined ? this.#unrouted.counter(tag) : this.#dropped(destination));
  }

  #dropped({ route = 0 }: Destination): Counter {
    return this.#options.counters.counter("route_events_dropped", "Events that a route drops.", { route: `routes[${route}]` });
  }

  /** Which of several filters of a tag left an event out is not told apart. */
  #droppedBy(tag: string): Counter {
    const names = this.#options.routing.filtersOf(tag).map(({ name }) => name);
    return this.#options.counters.counter("filter_events_dropped", "Events that filters left out.", { filters: names.join(", ") });
  }

  #keyOf(tag: string, target: string, plan: RecordPlan): string {
    const names = this.#options.routing.filtersOf(tag).map(({ name }) => name);
    return JSON.stringify([target, names, plan.usesTag ? tag : ""]);
  }
}

class FilteredOpenIntake implements OpenIntake {
  readonly columns: EventWriter;
  readonly #inner: OpenIntake;

  constructor(inner: OpenIntake, columns: EventWriter) {
    this.#inner = inner;
    this.columns = columns;
  }

  get schema(): Schema {
    return this.#inner.schema;
  }

  get demand(): OpenIntake["demand"] {
    return this.#inner.demand;
  }

  get clock(): OpenIntake["clock"] {
    return this.#inner.clock;
  }

  get isClosed(): boolean {
    return this.#inner.isClosed;
  }

  accept(batch: Parameters<OpenIntake["accept"]>[0]): void {
    this.#inner.accept(batch);
  }
}

const FILTERED_MAX = 1000;
