import type { Batch, Demand, EventWriter, FieldType, Schema } from "../event/index.ts";
import type { ComponentContext } from "./context.ts";
import type { Definition } from "./definition.ts";

/**
 * Brings events in. Life: settings are parsed (no I/O) -> `open` (I/O; may fail) -> it runs until `context.steps.signal` aborts ->
 * `close` waits for what is in flight.
 */
export interface SourceDefinition<Config> extends Definition<Config> {
  readonly kind: "source";
  /**
   * The targets that its settings name, with the fields it will give each of them; no I/O, so that queries can be checked before anything
   * runs. Undefined where the events name their targets as they come.
   */
  targets(config: Config): Readonly<Record<string, TargetFields>> | undefined;
  /** As `targets`, by the tags that its settings name, where routes say which targets those are. */
  tags?(config: Config): Readonly<Record<string, Readonly<Record<string, FieldType>>>>;
  open(config: Config, context: SourceContext): Promise<Source>;
}

/** A source at work, made by `open`. */
export interface Source {
  /** Resolves when the source has nothing more to bring (a replay that is at its end); never for one that follows. Rejects when it broke. */
  readonly finished: Promise<void>;
  status(): SourceStatus;
  close(): Promise<void>;
}

/** How a source fares, for people and for the health of the daemon. */
export interface SourceStatus {
  /** One sentence: `reading /var/log/nginx/access.log at 81 %`. */
  readonly sentence: string;
  readonly ok: boolean;
  /** Where that can be told: what there is and was not read, in records. */
  readonly recordsBehind?: number;
}

/** What a source is handed: it takes nothing else from its surroundings. */
export interface SourceContext extends ComponentContext {
  readonly positions: Positions;
  /**
   * Resolves when there is room for more events, or when the daemon stops; to be awaited before each read. A disk that is full makes the
   * source wait here, with its position where it was.
   */
  room(): Promise<void>;
  /**
   * A write-ahead log for what is pushed in and cannot be read again, to be opened within `open`. `key` names it over restarts: the
   * protocol and the address it listens on. `take` is called once for each record in the order of appends, when it is on the disk, and in
   * one turn hands its events on; after a crash it is called again for those that the last checkpoint lacks, with the same arrival time.
   * `flush` is called in the same turn, when no further record comes in it, so that events of several records may go on together. Throws
   * HOTAKA_CONFIG_DUPLICATE when another source has that key.
   */
  inbox(key: string, take: (record: Buffer, arrivedMs: number) => void, flush?: () => void): Inbox;
  /** The way into a target; made when it does not exist. */
  intake(target: string, fields: Readonly<Record<string, FieldType>>): Intake;
  /**
   * The way into a target for events of any shape; made when it does not exist. Throws HOTAKA_TARGET_NAME and HOTAKA_TARGET_LIMIT, for it
   * may be the sender of the events who names it.
   */
  openIntake(target: string): OpenIntake;
  /**
   * The way on for events of a tag, that have these fields: through the filters that fit it into the target that the routes say, or nowhere,
   * where they are counted. To be asked once for each tag. Throws HOTAKA_FIELD_CONFLICT.
   */
  tagged(tag: string, fields: Readonly<Record<string, FieldType>>): Intake;
  /** As `tagged`, for events of any shape. Throws HOTAKA_TARGET_NAME and HOTAKA_TARGET_LIMIT. */
  openTagged(tag: string): OpenIntake;
}

/** The write-ahead log of one source: what was appended is safe. */
export interface Inbox {
  /**
   * Resolves when the bytes are on the disk and taken, after all that was appended before; they must not change until then. Rejects, and
   * then nothing is kept, with HOTAKA_INBOX_FULL (await `room` and append again, or refuse the peer), HOTAKA_INBOX_RECORD (larger than
   * ever fits), HOTAKA_JOURNAL_WRITE (the disk) or HOTAKA_STOPPING.
   */
  append(record: Uint8Array, arrivedMs: number): Promise<void>;
  /** Whether a record of so many bytes, appended in this turn, would not be refused with HOTAKA_INBOX_FULL. False counts as a refusal. */
  admits(bytes: number): boolean;
  /** Resolves when the log is not full, or when the daemon stops; to be awaited before more is read from a peer that can wait. */
  room(): Promise<void>;
}

/**
 * The fields that a source gives a target; `any`: its events are of any shape, and the target learns its fields from them; `timed`: so it is,
 * and each of them carries its time.
 */
export type TargetFields = Readonly<Record<string, FieldType>> | "any" | "timed";

/** The way into a target. */
export interface Intake {
  readonly schema: Schema;
  readonly demand: Demand;
  /**
   * Hands events to every statement of the target and returns when all have taken them. `Batch.times` is event time. A source sets its
   * position in the same synchronous turn, so that a checkpoint between two turns holds both or neither.
   */
  accept(batch: Batch): void;
}

/** The way into a target that learns its fields from its events. */
export interface OpenIntake extends Intake {
  /** Which time an event is to be given: the one that it carries, or that of its arrival. */
  readonly clock: "event" | "arrival";
  /** Makes batches of events and hands them over as `accept` does. */
  readonly columns: EventWriter;
  /** The target was closed: what comes by this way is dropped. Ask `openIntake` again to open it anew. */
  readonly isClosed: boolean;
}

/**
 * How far a source has read, kept with the state of the statements in one checkpoint: after a crash both stand at the same event. Values
 * are plain JSON. `set` is in memory; it becomes durable with the next checkpoint.
 */
export interface Positions {
  get(key: string): unknown;
  /** As `get`, of the last checkpoint that was written, or that was found at start: what a crash cannot take back. */
  durable(key: string): unknown;
  set(key: string, position: unknown): void;
  delete(key: string): void;
}

/** Declares a source; the types of its settings come from its schema. */
export function defineSource<Config>(definition: Omit<SourceDefinition<Config>, "kind">): SourceDefinition<Config> {
  return { kind: "source", ...definition };
}
