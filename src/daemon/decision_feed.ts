import type { Blocks, DecisionEvent } from "../blocks/index.ts";
import type { Catalog } from "../catalog/index.ts";
import type { Intake, Positions } from "../component/index.ts";
import { batchOf, type FieldType, type Row, type Value } from "../event/index.ts";
import { type Clock, type Counter, type Counters, type Log, messageOf, parseCidr, type Steps, type Timer } from "../kit/index.ts";
import type { Outgoing } from "../outbox/index.ts";
import { type DECISION_FIELDS, decisionField, type DecisionTargets } from "../settings/index.ts";

export interface DecisionFeedOptions {
  readonly blocks: Blocks;
  readonly catalog: Pick<Catalog, "intake" | "originsOf">;
  readonly outgoing: Outgoing;
  readonly positions: Positions;
  readonly clock: Clock;
  readonly steps: Steps;
  readonly log: Log;
  readonly counters: Counters;
}

/**
 * Gives decisions back as events: to the queries of their target, and to the actions whose `match` fits its name. The ledger is read like a
 * file, with a position in the checkpoint, so that after a crash windows and actions have each decision once.
 */
export class DecisionFeed {
  readonly #options: DecisionFeedOptions;
  readonly #intakes = new Map<string, Intake>();
  readonly #circular: Counter;
  readonly #fieldsRefused: Counter;
  readonly #stopListening: () => void;
  #targets: DecisionTargets = { blocked: undefined, detected: undefined };
  #due: Timer | undefined;

  constructor(options: DecisionFeedOptions) {
    this.#options = options;
    const { blocks, counters, positions } = options;
    this.#circular = counters.counter(
      "decision_events_circular",
      "Events of decisions that were kept from queries because the query that decided reads them, itself or by way of others.",
    );
    this.#fieldsRefused = counters.counter("decision_event_fields_refused", "Fields of decisions beyond those that a target may have.");
    // Without a position this is the first start, or the journal was lost: what was decided before is not told of once more.
    const last = blocks.lastEventSeq;
    const kept = positions.get(POSITION_KEY);
    positions.set(POSITION_KEY, typeof kept === "number" ? Math.min(kept, last) : last);
    this.#stopListening = blocks.onEvents(() => this.#arm());
    this.#arm();
  }

  /** Whether a target is one of those that decisions re-enter by. */
  isOf(target: string): boolean {
    return this.#intakes.has(target);
  }

  /** The targets, with the fields that are known of them, are there when this returns. Those that were there stay. */
  declare(targets: DecisionTargets, fields: ReadonlyMap<string, FieldType>): void {
    this.#targets = targets;
    for (const target of [targets.blocked, targets.detected]) {
      if (target === undefined) continue;
      const intake = this.#options.catalog.intake(target, {});
      this.#intakes.set(target, intake);
      this.#addFields(target, intake, fields);
    }
  }

  /**
   * Hands on what was decided since, some of it at a time and the rest in later turns. Nothing is handed on while rows wait for the disk; it
   * is to be called again then.
   */
  pump(): void {
    if (this.#handOnSome()) this.#arm();
  }

  /** As `pump`, all of it at once: for an end that waits for it. */
  pumpAll(): void {
    while (this.#handOnSome());
  }

  /** True when there may be more. */
  #handOnSome(): boolean {
    const { blocks, outgoing, positions, steps } = this.#options;
    if (!outgoing.isClear || steps.stopping) return false;
    const position = positions.get(POSITION_KEY);
    if (position === blocks.lastEventSeq) return false;
    const events = blocks.events(typeof position === "number" ? position : 0, AT_ONCE);
    if (events.length === 0) return false;
    this.#handOn(events);
    positions.set(POSITION_KEY, events.at(-1)!.seq);
    outgoing.flush();
    return true;
  }

  close(): void {
    this.#stopListening();
    this.#due?.cancel();
  }

  #handOn(events: readonly DecisionEvent[]): void {
    const { outgoing, catalog } = this.#options;
    const known = new Map<string, boolean>();
    const isOfDecisions = (query: string): boolean => {
      const found = known.get(query) ?? [...catalog.originsOf(query)].some((name) => this.#intakes.has(name));
      known.set(query, found);
      return found;
    };
    for (const target of this.#intakes.keys()) {
      const own = events.filter((event) => this.#targetOf(event) === target);
      const rows = own.map((event) => ({ event, row: rowOf(event) }));
      for (const { event, row } of rows) {
        // The number alone would be that of another decision once the ledger has been moved away.
        const key = `decision ${event.seq} ${event.processedMs} ${event.decision.cidr}`;
        outgoing.add({ key, query: target, timeMs: event.processedMs, row });
      }
      // A query that reads decisions, by way of others too, and leads to them would feed itself, as fast as the machine can.
      const straight = rows.filter(({ event }) => !isOfDecisions(event.decision.madeBy));
      this.#circular.add(rows.length - straight.length);
      this.#accept(target, straight);
    }
  }

  #accept(target: string, rows: readonly { readonly event: DecisionEvent; readonly row: Row }[]): void {
    const intake = this.#intakes.get(target);
    if (intake === undefined || rows.length === 0) return;
    for (const { row } of rows) this.#addFields(target, intake, fieldsOf(row));
    const records = rows.map(({ row }) => row);
    intake.accept(
      batchOf(
        intake.schema,
        records,
        rows.map(({ event }) => event.processedMs),
      ),
    );
  }

  #targetOf({ decision }: DecisionEvent): string | undefined {
    return decision.mode === "detect" ? this.#targets.detected : this.#targets.blocked;
  }

  /** A field stands with the first type it came with; values are fitted to it. */
  #addFields(target: string, { schema }: Intake, fields: Iterable<readonly [string, FieldType]>): void {
    const fresh = [...fields].filter(([name]) => schema.field(name) === undefined);
    if (fresh.length === 0) return;
    const room = Math.max(0, FIELDS_MAX - schema.fields.length);
    this.#fieldsRefused.add(Math.max(0, fresh.length - room));
    this.#options.catalog.intake(target, Object.fromEntries(fresh.slice(0, room)));
  }

  /** What comes in one turn is handed on together in the next. */
  #arm(): void {
    const { clock, steps, log } = this.#options;
    this.#due ??= clock.after(0, () => {
      this.#due = undefined;
      steps
        .run("decision events", () => this.pump())
        .catch((thrown: unknown) => {
          if (!steps.stopping) log.error(`decisions could not be handed on as events: ${messageOf(thrown)}`);
        });
    });
  }
}

/** A decision as a row: that which asked for it, and what became of it. */
function rowOf({ decision, status, enforcement, detail, processedMs }: DecisionEvent): Row {
  const { outcome, cidr, madeBy, reason, untilMs, strikes, id } = decision;
  const address = parseCidr(cidr)?.shown ?? cidr;
  const isBlocked = outcome === "blocked" || outcome === "extended";
  const own = {
    status,
    processed_at: instant(processedMs),
    enforcement,
    enforcement_detail: detail,
    address,
    query: madeBy,
    reason,
    outcome,
    until: isBlocked && untilMs !== undefined ? instant(untilMs) : null,
    strikes,
    decision: id,
    undo: isBlocked ? `hotaka unblock ${address}` : null,
  } satisfies Record<keyof typeof DECISION_FIELDS, Value>;
  const asked = Object.entries(askedOf(decision.rowJson)).map(([column, value]): [string, Value] => [decisionField(column), value]);
  return { ...Object.fromEntries<Value>(asked), ...own };
}

/** The row that asked, as the ledger has it. A whole number beyond 2^53 is rounded. */
function askedOf(json: string | undefined): Row {
  const asked = JSON.parse(json ?? "{}") as Row | null;
  return asked ?? {};
}

function fieldsOf(row: Row): [string, FieldType][] {
  return Object.entries(row).flatMap(([name, value]): [string, FieldType][] => {
    const type = typeOf(value);
    return type === undefined ? [] : [[name, type]];
  });
}

/** Undefined for null, which says nothing of its type. */
function typeOf(value: Value): FieldType | undefined {
  if (value === null) return undefined;
  if (typeof value === "string" || typeof value === "boolean") return typeof value === "string" ? "string" : "boolean";
  if (typeof value === "number") return Number.isInteger(value) ? "integer" : "float";
  if (typeof value === "bigint") return "integer";
  return Array.isArray(value) ? "array" : "hash";
}

/** `2026-11-20T10:00:00Z` */
function instant(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(/\.\d+Z$/, "Z");
}

const POSITION_KEY = "decision events";
/** Some ten milliseconds. */
const AT_ONCE = 200;
const FIELDS_MAX = 1000;
