import { type FieldType, fieldTypeNamed, isFieldName, type Schema } from "../event/index.ts";
import { type Clock, type Counters, didYouMean, HotakaError, type Log } from "../kit/index.ts";
import type { StoredTarget } from "./catalog_store.ts";
import { FIELDS_MAX } from "./field_typing.ts";
import { type Received, Target, type TargetStatus } from "./target.ts";
import { ARRIVAL_TARGET_TIME, DEFAULT_TARGET_TIME, type TargetTime } from "./target_time.ts";

/** How many targets there may be, and fields in each. Who sends events names both. */
export interface TargetBounds {
  readonly targets_max: number;
  readonly fields_max: number;
}

/** More than anybody has, and few enough that a sender who makes up names cannot fill the memory. */
export const DEFAULT_TARGET_BOUNDS: TargetBounds = { targets_max: 1000, fields_max: FIELDS_MAX };

export interface TargetsOptions {
  readonly clock: Clock;
  readonly counters: Counters;
  readonly log: Log;
  readonly bounds: TargetBounds;
  readonly time: TargetTime | undefined;
  /** What the settings say of the time of a target, by its name. */
  readonly times: ReadonlyMap<string, Partial<TargetTime>>;
  readonly received?: Received | undefined;
  readonly taken: () => void;
  readonly typed: (target: Target) => void;
}

/** A field as Norikra's clients see it. */
export interface FieldStatus {
  readonly name: string;
  readonly type: FieldType;
  /** Events need not have it. */
  readonly optional: boolean;
}

/** The targets by name. */
export class Targets {
  readonly #options: TargetsOptions;
  readonly #targets = new Map<string, Target>();
  readonly #schemas = new Map<string, Schema>();

  constructor(options: TargetsOptions) {
    this.#options = options;
  }

  /** In the order in which they were opened. */
  [Symbol.iterator](): Iterator<Target> {
    return this.#targets.values();
  }

  get schemas(): ReadonlyMap<string, Schema> {
    return this.#schemas;
  }

  get(name: string): Target | undefined {
    return this.#targets.get(name);
  }

  /** Throws HOTAKA_TARGET_NOT_FOUND. */
  named(name: string): Target {
    const target = this.#targets.get(name);
    if (target !== undefined) return target;
    throw new HotakaError("HOTAKA_TARGET_NOT_FOUND", `there is no target "${name}".${didYouMean(name, this.#targets.keys())}`, {
      details: { target: name },
    });
  }

  /** The target of that name, which a source declares with at least these fields. Throws HOTAKA_FIELD_CONFLICT. */
  declare(name: string, fields: Readonly<Record<string, FieldType>>): Target {
    const target = this.#targets.get(name) ?? this.#make(name, "event");
    for (const [field, type] of Object.entries(fields)) target.schema.add(field, type);
    return target;
  }

  /**
   * The target of that name, which takes events of any shape. One that has no fields learns them from its first event. Throws
   * HOTAKA_TARGET_NAME and HOTAKA_TARGET_LIMIT.
   */
  open(name: string, { autoField = true, fields = {} }: OpenTarget = {}): Target {
    const target = this.#targets.get(name) ?? this.#makeBounded(name);
    for (const [field, type] of Object.entries(fields)) target.schema.add(field, type);
    if (!target.typing.isOpen) target.typing.open({ autoField, isLazy: target.schema.fields.length === 0 });
    return target;
  }

  /**
   * The target of that name, which queries feed: one that is made for it has no time but theirs. It has at least these fields. Throws
   * HOTAKA_TARGET_NAME and HOTAKA_TARGET_LIMIT.
   */
  derive(name: string, fields: Readonly<Record<string, FieldType>> | "any"): Target {
    let target = this.#targets.get(name);
    if (target === undefined) {
      target = this.#makeBounded(name, "event");
      target.isDerived = true;
      if (fields === "any") target.typing.open({ autoField: true, isLazy: true });
    } else {
      target.beFed();
    }
    const isOpen = target.typing.isOpen;
    for (const [field, type] of Object.entries(fields === "any" ? {} : fields)) target.schema.add(field, type, isOpen);
    target.typing.added();
    return target;
  }

  /** Takes a target out; its queries must be gone. What still comes by the ways into it is dropped. */
  close(target: Target): void {
    target.close();
    this.#targets.delete(target.name);
    this.#schemas.delete(target.name);
  }

  /** The fields at the top of the events; a container stands for those within it. */
  fields(name: string): FieldStatus[] {
    return this.allFields(name).filter((field) => !field.name.includes("."));
  }

  /** As `fields`, with those within containers. Throws HOTAKA_TARGET_NOT_FOUND. */
  allFields(name: string): FieldStatus[] {
    return this.named(name).schema.fields.map(({ name: field, type, optional }) => ({ name: field, type, optional }));
  }

  /**
   * Opens a target as it was kept. Returns a sentence for each field whose type is another by now. Throws HOTAKA_TARGET_NAME and
   * HOTAKA_TARGET_LIMIT.
   */
  restore({ name, autoField, isLazy, isDerived, fields }: StoredTarget): string[] {
    const target = isDerived ? this.derive(name, "any") : this.open(name);
    const problems: string[] = [];
    for (const { name: field, type, optional } of fields) {
      const known = target.schema.field(field);
      if (known === undefined || known.type === type) target.schema.add(field, type, optional);
      else problems.push(`field "${field}" of target "${name}" was ${type} and is declared as ${known.type} now.`);
    }
    target.typing.open({ autoField, isLazy });
    return problems;
  }

  statuses(): TargetStatus[] {
    return [...this.#targets.values()].map((target) => target.status());
  }

  #makeBounded(name: string, clock: TargetTime["clock"] = "arrival"): Target {
    if (!isTargetName(name)) {
      const wanted = "A letter was wanted, then letters, digits and _, at most 255 and not ending in _.";
      throw new HotakaError("HOTAKA_TARGET_NAME", `"${name.slice(0, 100)}" cannot be the name of a target. ${wanted}`);
    }
    const { targets_max } = this.#options.bounds;
    if (this.#targets.size >= targets_max) {
      const sentence = `target "${name}" was not opened: there are ${targets_max} already (targets_max). Close some that nobody needs.`;
      throw new HotakaError("HOTAKA_TARGET_LIMIT", sentence);
    }
    return this.#make(name, clock);
  }

  #make(name: string, clockOfKind: TargetTime["clock"]): Target {
    const { clock, counters, log, bounds, time, times, received, taken, typed } = this.#options;
    const own = times.get(name);
    const byKind = (own?.clock ?? clockOfKind) === "arrival" ? ARRIVAL_TARGET_TIME : DEFAULT_TARGET_TIME;
    const target: Target = new Target(
      name,
      { ...(time ?? byKind), ...own },
      { clock, counters, log, fields_max: bounds.fields_max, received, taken, typed: () => typed(target) },
    );
    this.#targets.set(name, target);
    this.#schemas.set(name, target.schema);
    return target;
  }
}

export interface OpenTarget {
  /** Whether every new key of an event becomes a field; without it only those that a query waits for. */
  readonly autoField?: boolean;
  readonly fields?: Readonly<Record<string, FieldType>>;
}

/** As Norikra has it, and not endlessly long. */
export function isTargetName(name: string): boolean {
  return name.length <= 255 && /^[a-zA-Z](?:[_a-zA-Z0-9]*[a-zA-Z0-9])?$/.test(name);
}

/**
 * The type that a person means who declares a field: `string`, `boolean` or `bool`, `integer`, `int` or `long`, `float` or `double`. Throws
 * HOTAKA_FIELD_INVALID, with the type in its details, for any other.
 */
export function declaredFieldType(field: string, type: string): FieldType {
  const refuse = (sentence: string): never => {
    throw new HotakaError("HOTAKA_FIELD_INVALID", `field "${field.slice(0, 100)}" ${sentence}`, { details: { field, type } });
  };
  if (!isFieldName(field))
    return refuse("cannot be the name of a field: letters, digits, _ and $ were wanted, and dots before what is nested.");
  const known = fieldTypeNamed(type);
  if (known === "hash" || known === "array") return refuse(`is not declared as ${known}: name what is in it, as ${field}.key, in a query.`);
  return known ?? refuse(`cannot be of the type "${type.slice(0, 100)}". Types: ${DECLARED_TYPES}.`);
}

const DECLARED_TYPES = "string, integer, int, long, float, double, boolean, bool";
