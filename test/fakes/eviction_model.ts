import type { Value } from "../../src/event/index.ts";

/** Groups that make room for others, worked out from lists of events: what the running statement is held to. */

export interface ModelEvent {
  readonly host: string | null;
  readonly tls: boolean | null;
  readonly size: number | bigint | null;
  readonly code: number;
  readonly [field: string]: Value;
}

export type ModelWindow =
  | { readonly text: string; readonly kind: "none" }
  | { readonly text: string; readonly kind: "time"; readonly ageMs: number }
  | { readonly text: string; readonly kind: "time_batch"; readonly periodMs: number }
  | { readonly text: string; readonly kind: "length" | "length_batch"; readonly length: number };

interface Group {
  readonly key: string;
  events: ModelEvent[];
  isGone: boolean;
}

interface Held {
  readonly group: Group;
  readonly event: ModelEvent;
  readonly timeMs: number;
}

export class EvictionModel {
  readonly #window: ModelWindow;
  readonly #max: number;
  readonly #rows: Record<string, string[]> = {};
  /** In the order of their last event. */
  readonly #groups = new Map<string, Group>();
  #held: Held[] = [];
  /** Groups of the batch before, and events of this one. */
  #before: Group[] = [];
  #gathered = 0;
  #gatheredBefore = 0;
  #referenceMs: number | undefined;
  #dueMs: number | undefined;
  evicted = 0;

  constructor(window: ModelWindow, max: number) {
    this.#window = window;
    this.#max = max;
  }

  /** The rows of each instant, sorted. */
  rows(): Record<string, string[]> {
    for (const texts of Object.values(this.#rows)) texts.sort();
    return this.#rows;
  }

  advanceTo(nowMs: number): void {
    for (;;) {
      const dueMs = this.#nextDueMs();
      if (dueMs === undefined || dueMs > nowMs) return;
      if (this.#window.kind === "time_batch") this.#closeByTime(dueMs);
      else this.#expire(dueMs);
    }
  }

  take(key: string, event: ModelEvent, nowMs: number): void {
    const { kind } = this.#window;
    if (kind === "time_batch" && this.#dueMs === undefined) this.#begin(nowMs);
    this.#gathered++;
    const group = this.#touched(key);
    group.events.push(event);
    this.#held.push({ group, event, timeMs: nowMs });
    if (kind === "time_batch") return;
    if (kind === "length_batch") {
      if (this.#gathered === this.#window.length) this.#close(nowMs);
      return;
    }
    const left = kind === "length" && this.#held.length > this.#window.length ? this.#leave(this.#held.shift()!) : undefined;
    if (kind === "none") this.#held = [];
    this.#put(nowMs, new Set([group, ...(left === undefined ? [] : [left])]));
    this.#forgetDone();
  }

  #nextDueMs(): number | undefined {
    if (this.#window.kind === "time_batch") return this.#dueMs;
    return this.#window.kind === "time" && this.#held[0] !== undefined ? this.#held[0].timeMs + this.#window.ageMs : undefined;
  }

  #touched(key: string): Group {
    const known = this.#groups.get(key);
    if (known === undefined && this.#groups.size >= this.#max) {
      const [oldest] = this.#groups.values();
      this.#groups.delete(oldest!.key);
      oldest!.isGone = true;
      this.evicted++;
    }
    const group = known ?? { key, events: [], isGone: false };
    this.#groups.delete(key);
    this.#groups.set(key, group);
    return group;
  }

  /** The group that an event left; undefined where it is gone. */
  #leave({ group, event }: Held): Group | undefined {
    if (group.isGone) return undefined;
    group.events.splice(group.events.indexOf(event), 1);
    return group;
  }

  #expire(dueMs: number): void {
    const { ageMs } = this.#window as { readonly ageMs: number };
    const left = new Set<Group>();
    while (this.#held[0] !== undefined && this.#held[0].timeMs + ageMs <= dueMs) {
      const group = this.#leave(this.#held.shift()!);
      if (group !== undefined) left.add(group);
    }
    this.#put(dueMs, left);
    this.#forgetDone();
  }

  #begin(nowMs: number): void {
    const { periodMs } = this.#window as { readonly periodMs: number };
    this.#referenceMs ??= nowMs;
    this.#dueMs = this.#referenceMs + (Math.floor((nowMs - this.#referenceMs) / periodMs) + 1) * periodMs;
  }

  #closeByTime(dueMs: number): void {
    this.#dueMs = undefined;
    if (this.#gathered === 0 && this.#gatheredBefore === 0) return;
    this.#begin(dueMs);
    this.#close(dueMs);
  }

  #close(nowMs: number): void {
    const inBatch = [...this.#groups.values()].filter(({ events }) => events.length > 0);
    this.#put(nowMs, new Set([...inBatch, ...this.#before.filter(({ isGone }) => !isGone)]));
    for (const group of inBatch) group.events = [];
    this.#before = inBatch;
    this.#held = [];
    this.#gatheredBefore = this.#gathered;
    this.#gathered = 0;
    this.#forgetDone();
  }

  /** Groups without events are forgotten, but those that the next batch is to take back. */
  #forgetDone(): void {
    for (const [key, group] of this.#groups) if (group.events.length === 0 && !this.#before.includes(group)) this.#groups.delete(key);
  }

  #put(nowMs: number, groups: Iterable<Group>): void {
    for (const { key, events } of groups) {
      const sizes = events.flatMap(({ size }) => (size === null ? [] : [BigInt(size)]));
      const sum = sizes.length === 0 ? null : sizes.reduce((total, size) => BigInt.asIntN(64, total + size), 0n);
      const most = sizes.length === 0 ? null : sizes.reduce((largest, size) => (size > largest ? size : largest));
      const distinct = new Set(events.map(({ code }) => code)).size;
      (this.#rows[nowMs] ??= []).push(`${key} ${events.length} ${sum} ${most} ${distinct}`);
    }
  }
}
