import type { Format, Intake, LineEvents, OpenIntake, Scanner } from "../component/index.ts";
import type { EventWriter } from "../event/index.ts";
import { ShiftedEvents } from "./shifted_events.ts";

/** Lines that were refused for one reason. */
export interface Refusals {
  count: number;
  /** Where the first of them begins, in bytes from the beginning of what was read. */
  readonly firstOffset: number;
}

/** Turns regions of lines into events and hands them to a target. Follows its demand: only what is wanted is decoded. */
export class EventFeed {
  events = 0;
  /** By reason. */
  readonly refusals = new Map<string, Refusals>();
  readonly #format: Format;
  readonly #intake: Intake;
  readonly #shiftMs: number;
  /** Where the target learns its fields from what stands in the lines. */
  readonly #open: OpenFeed | undefined;
  #scanner: Scanner;
  #version: number;

  /** Every time is moved by `shiftMs`. */
  constructor({ format, intake, shiftMs = 0 }: EventFeedOptions) {
    this.#format = format;
    this.#intake = intake;
    this.#shiftMs = shiftMs;
    this.#open = format.events === undefined || !isOpen(intake) ? undefined : openFeed(format.events(), intake, shiftMs);
    this.#version = intake.demand.version;
    this.#scanner = format.scanner(intake.schema, intake.demand);
  }

  /** Lines that were read: those that became events and those that were refused. */
  get lines(): number {
    let lines = this.events;
    for (const { count } of this.refusals.values()) lines += count;
    return lines;
  }

  /**
   * Hands over the lines `[start, end)` of `bytes`, whose first byte stands at `offset`. `timeMs` is for formats without a time. `refused`
   * is told of each line that was refused and where it begins.
   */
  feed(bytes: Buffer, start: number, end: number, offset: number, timeMs: number, refused: RefusedAt = () => {}): void {
    const refuse = (reason: string, lineStart: number): void => {
      this.#count(reason, offset + lineStart);
      refused(reason, offset + lineStart);
    };
    if (this.#open !== undefined) return this.#feedOpen(this.#open, bytes, start, end, timeMs, refuse);
    for (let at = start; at < end;) {
      this.#followDemand();
      at = this.#scanner.scan(bytes, at, end, timeMs, refuse);
      const { batch } = this.#scanner;
      if (batch.size === 0) continue;
      if (this.#shiftMs !== 0) shift(batch.times, batch.size, this.#shiftMs);
      this.events += batch.size;
      this.#intake.accept(batch);
    }
  }

  #feedOpen({ events, columns, clock }: OpenFeed, bytes: Buffer, start: number, end: number, timeMs: number, refuse: RefusedAt): void {
    columns.lend(bytes);
    for (let at = start; at < end;) {
      const newline = bytes.indexOf(NEWLINE, at);
      const lineEnd = newline > at && bytes[newline - 1] === RETURN ? newline - 1 : newline;
      const reason = events.take(bytes, at, lineEnd, timeMs, columns, clock);
      if (reason === undefined) this.events++;
      else refuse(reason, at);
      at = newline + 1;
    }
    columns.flush();
    columns.lend(undefined);
  }

  #followDemand(): void {
    const { schema, demand } = this.#intake;
    if (demand.version === this.#version) return;
    this.#version = demand.version;
    this.#scanner = this.#format.scanner(schema, demand);
  }

  #count(reason: string, offset: number): void {
    const known = this.refusals.get(reason);
    if (known === undefined) this.refusals.set(reason, { count: 1, firstOffset: offset });
    else known.count++;
  }
}

export interface EventFeedOptions {
  readonly format: Format;
  /** Where the format reads whatever is in its lines, one that learns its fields. */
  readonly intake: Intake | OpenIntake;
  readonly shiftMs?: number;
}

interface OpenFeed {
  readonly events: LineEvents;
  readonly columns: EventWriter;
  readonly clock: OpenIntake["clock"];
}

function openFeed(events: LineEvents, { columns, clock }: OpenIntake, shiftMs: number): OpenFeed {
  return { events, columns: shiftMs === 0 ? columns : new ShiftedEvents(columns, shiftMs), clock };
}

function isOpen(intake: Intake | OpenIntake): intake is OpenIntake {
  return "columns" in intake;
}

type RefusedAt = (reason: string, offset: number) => void;

function shift(times: Float64Array, size: number, byMs: number): void {
  for (let row = 0; row < size; row++) times[row]! += byMs;
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;
