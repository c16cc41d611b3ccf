import type { Plan } from "../plan/plan.ts";
import type { CellForm, Pace } from "../vocabulary.ts";
import { CELL_HELPERS } from "./cell_helpers.ts";
import { codesName, COLUMN_HELPERS, columnCode } from "./columns.ts";
import { type Code, Emitter, type Places } from "./emitter.ts";
import { propertyName } from "./property_name.ts";
import type { Accept, Clear, Expire, MakeRows, Pick } from "./group_runtime.ts";
import { type ArgumentLayout, cellPlace, type GroupLayout, groupPlaces } from "./group_layout.ts";

/**
 * The code of a query whose rows stand for groups: one loop over the columns of a batch, in which filter, window, key and aggregates are
 * written out. Names in it: `S` the running statement, `T` its groups, `R` its ring, `i` the row, `now` the clock, `slot` the group, `o`
 * where its numbers begin in `state`.
 */
export class GroupCode {
  readonly #plan: Plan;
  readonly #layout: GroupLayout;
  readonly #pace: Pace | undefined;
  readonly #stride: number;
  readonly #evicts: boolean;
  readonly #accepts = new Map<string, Accept>();
  /** The fields read of a batch, by slot. */
  readonly columns: readonly number[];

  constructor({ plans, layout, pace, evicts }: GroupCodeOptions) {
    this.#evicts = evicts;
    this.#plan = plans[0]!;
    this.#layout = layout;
    this.#pace = pace;
    this.#stride = layout.initial.length;
    const { fields } = this.#plan.streams[0]!.schema;
    this.columns = fields.filter(({ name }) => plans.some(({ streams }) => streams[0]!.demand.has(name))).map(({ slot }) => slot);
  }

  /**
   * The loop for batches of one layout. `bound` tells for each part of the key whether the codes of its column are the codes of the key;
   * `rows` which rows there are: all, or a selection, and then whether those that are not in it are counted by the loop or elsewhere.
   */
  accept(layout: string, bound: readonly boolean[], rows: RowChoice = "all"): Accept {
    const signature = `${layout};${bound.join(",")};${rows}`;
    let accept = this.#accepts.get(signature);
    if (accept === undefined) {
      if (this.#accepts.size >= LAYOUTS_MAX) this.#accepts.clear();
      accept = this.#generateAccept(layout, bound, rows);
      this.#accepts.set(signature, accept);
    }
    return accept;
  }

  /**
   * Writes the groups that HAVING of one of the plans lets through to `picked`, in the order given, and returns how many they are.
   * `onlyIfEmpty` passes over groups that have events. `aggregates` tells where in the layout those of the plan are.
   *
   * A loop without a branch, apart from the making of rows: hardly a group is let through, and code that V8 has not seen run when it
   * compiles the loop is compiled as a way back into the interpreter.
   */
  pick({ having }: Plan, aggregates: readonly number[]): Pick {
    const emitter = new Emitter(HELPERS);
    const test = having === undefined ? "" : ` && (${emitter.test(having, groupPlaces(this.#layout, aggregates))})`;
    return emitter.build(
      "pick",
      ["S", "slots", "now", "onlyIfEmpty", "picked"],
      `const T = S.table, state = T.state, wide = T.wide;
       let count = 0;
       for (let at = 0; at < slots.length; at++) {
         const slot = slots[at], o = slot * ${this.#stride};
         picked[count] = slot;
         count += (!onlyIfEmpty || state[o] === 0)${test} ? 1 : 0;
       }
       return count;`,
    ) as Pick;
  }

  /** Makes the rows of the first `count` groups of `slots`, and their sort keys where the plan has an order. */
  rows({ items, orderBy }: Plan, aggregates: readonly number[]): MakeRows {
    const emitter = new Emitter(HELPERS);
    const places = groupPlaces(this.#layout, aggregates);
    const row = items.map(({ name, expression }) => `${propertyName(name, emitter)}: ${emitter.value(expression, places).text}`).join(", ");
    const sortKey = orderBy.map(({ expression }) => emitter.value(expression, places).text).join(", ");
    return emitter.build(
      "rows",
      ["S", "slots", "count", "now", "rows", "sortKeys"],
      `const T = S.table, state = T.state, wide = T.wide;
       for (let at = 0; at < count; at++) {
         const slot = slots[at], o = slot * ${this.#stride};
         rows.push({ ${row} });
         ${orderBy.length === 0 ? "" : `sortKeys.push([${sortKey}]);`}
       }`,
    ) as MakeRows;
  }

  /** Sets groups back to those of a fresh one. */
  clear(): Clear {
    const cells = this.#layout.initial.map((initial, cell) => `state[o + ${cell}] = ${initial};`).join(" ");
    const slow = this.#layout.aggregates.some(({ kind }) => kind === "accumulator");
    return new Emitter().build(
      "clear",
      ["S", "slots"],
      `const T = S.table, state = T.state;
       if (${slow} || T.wide.size > 0) { for (let at = 0; at < slots.length; at++) T.clear(slots[at]); return; }
       for (let at = 0; at < slots.length; at++) { const o = slots[at] * ${this.#stride}; ${cells} }`,
    ) as Clear;
  }

  /** Lets go of the events at the head of the ring that have reached their age at `untilMs`, and tells `S.leave` of their groups. */
  expire(): Expire {
    const pace = this.#pace;
    if (pace?.kind !== "slide" || pace.by === "count") return () => undefined;
    const emitter = new Emitter(HELPERS);
    return emitter.build(
      "expire",
      ["S", "until"],
      // The sum is the one that `dueMs` was made by, so that a rounded time cannot stand still.
      `${RING_PROLOGUE} while (R.head < R.tail && R.times[R.head & R.mask] + ${emitter.handIn(pace.ageMs)} <= until) { ${this.#leave()} }`,
    ) as Expire;
  }

  #generateAccept(layout: string, bound: readonly boolean[], rows: RowChoice): Accept {
    const emitter = new Emitter(HELPERS);
    const { prologue, places } = columnCode(layout, this.columns);
    const { filter } = this.#plan.streams[0]!;
    const { where } = this.#plan;
    const body = `
      const T = S.table, R = S.ring, wide = T.wide;
      let state = T.state, slotOf = T.slotOf, now = S.nowMs, due = S.dueMs;
      ${prologue}
      ${rows === "all" ? "for (let i = 0; i < size; i++) {" : "for (let at = 0; at < size; at++) { const i = rows[at];"}
        if (times[i] > now) { now = times[i]; if (now >= due) { S.advance(now); due = S.dueMs; } }
        ${filter === undefined ? "" : `if (!(${emitter.test(filter, places)})) continue;`}
        ${this.#beforeWhere(emitter, places, rows)}
        let slot = -1;
        ${where === undefined ? "{" : `if (${emitter.test(where, places)}) {`}
          ${this.#pace?.kind === "slide" && this.#pace.by === "time" ? OVER_BUDGET : ""}
          ${this.#findSlot(emitter, places, bound)}
          if (slot !== -1) {
            const o = slot * ${this.#stride};
            ${this.#touch()}
            ${this.#pace?.kind === "slide" ? "let taken = 0;" : ""}
            ${this.#layout.args.map((argument, index) => this.#enter(argument, index, emitter, places)).join("\n")}
            ${this.#pace?.kind === "slide" ? this.#push("slot", "taken") : ""}
            ${this.#pace === undefined ? "S.emit(slot, now);" : ""}
          }
        }
        ${this.#afterRow(emitter)}
      }
      S.nowMs = now;`;
    return emitter.build("accept", ["S", "size", "times", "columns", "rows"], body) as Accept;
  }

  /** What the window does when an event arrives, whatever WHERE says of it. */
  #beforeWhere(emitter: Emitter, places: Places, rows: RowChoice): string {
    const pace = this.#pace;
    if (pace === undefined) return "";
    const overBudget = pace.kind === "slide" ? OVER_BUDGET : "";
    if (pace.by === "timestamp") {
      const stamp = stampText(emitter.value(pace.timestamp.expression, places));
      if (pace.kind === "slide") return `const stamp = ${stamp}; S.expire(S, stamp); ${overBudget}`;
      return `const stamp = ${stamp}; if (!(stamp < S.endMs)) S.turn(now, stamp); S.gathered++;`;
    }
    // An event that WHERE refuses takes no room in a window that is moved by the clock.
    if (pace.kind === "slide") return pace.by === "time" ? "" : overBudget;
    if (pace.by === "count") return "";
    return `if (due === Infinity) { S.begin(now); due = S.dueMs; } ${rows === "counted elsewhere" ? "" : "S.gathered++;"}`;
  }

  /** What the window does once the event is in its group. */
  #afterRow(emitter: Emitter): string {
    const pace = this.#pace;
    if (pace?.kind === "batch") return pace.by === "count" ? `if (++S.gathered === ${emitter.handIn(pace.count)}) S.close(now, now);` : "";
    if (pace?.kind !== "slide") return "";
    if (pace.by === "time")
      return `if (slot !== -1) { if (due === Infinity) { due = now + ${emitter.handIn(pace.ageMs)}; S.dueMs = due; } S.emit(slot, now); }`;
    // An event that WHERE refuses still has its place in the window: it takes up room, and those behind it wait for it to go.
    const pushed = `if (slot === -1) { ${this.#push("-1", "0")} }`;
    const pushedOut = pace.by === "count" ? `if (R.tail - R.head > ${emitter.handIn(pace.count)}) { ${this.#leave()} }` : "";
    return `${pushed} ${pushedOut} S.emitBeside(slot, now);`;
  }

  #findSlot(emitter: Emitter, places: Places, bound: readonly boolean[]): string {
    const { keys } = this.#plan;
    if (keys.length === 0) return "slot = 0;";
    const values = keys.map((key) => emitter.value(key, places).text);
    const codes = keys.map((key, part) =>
      bound[part] === true && key.op === "field" ? `${codesName(key.slot)}[i]` : `T.coders[${part}].codeOf(${values[part]})`,
    );
    const number =
      codes.length === 1
        ? `${codes[0]} + 1`
        : codes.length === 2
          ? `T.numberOfTwo(${codes.join(", ")})`
          : `T.numberOf([${codes.join(", ")}])`;
    return `const number = ${number};
      slot = (number < slotOf.length ? slotOf[number] : 0) - 1;
      if (slot === -1) {
        ${this.#evicts ? "S.nowMs = now;" : ""}
        slot = T.open([${values.join(", ")}], number); state = T.state; slotOf = T.slotOf;
        ${this.#evicts && this.#pace?.kind === "slide" ? "R.changeHands(slot);" : ""}
      }`;
  }

  /** Counts the event in its group. A slot is in the batch once, whichever groups have had it. */
  #touch(): string {
    if (!this.#evicts) return this.#pace?.kind === "batch" ? "if (state[o]++ === 0) S.touched.push(slot);" : "state[o]++;";
    const first = this.#pace?.kind === "batch" ? "if (T.recency.stamps[slot] <= S.began) S.touched.push(slot);" : "";
    return `${first} T.recency.touch(slot); state[o]++;`;
  }

  #enter(argument: ArgumentLayout, index: number, emitter: Emitter, places: Places): string {
    const sliding = this.#pace?.kind === "slide";
    const guard = argument.filter === undefined ? "" : `if (${emitter.test(argument.filter, places)}) `;
    const mark = sliding ? `taken |= ${1 << index};` : "";
    if (!argument.byCells) {
      const values = argument.values.map((value) => emitter.value(value, places).text).join(", ");
      const keep = sliding ? `R.values[${index}][R.tail & R.mask] = values;` : "";
      return `${guard}{ const values = [${values}]; ${mark} ${keep} ${this.#accumulators(index, "enter")} }`;
    }
    const cells = (value: string): string =>
      this.#cells(index)
        .map(({ form, offset }) => `{ ${form.enter(cellPlace(offset), value)} }`)
        .join(" ");
    const [expression] = argument.values;
    if (expression === undefined) return `${guard}{ ${mark} ${cells("0")} }`;
    const keep = !sliding
      ? ""
      : expression.type === "long"
        ? `R.setLong(${index}, value);`
        : `R.numbers[${index}][R.tail & R.mask] = value;`;
    const code = emitter.value(expression, places);
    const [value, present] = code.raw === undefined ? [code.text, "value !== null"] : [code.raw.value, `!(${code.raw.isNull})`];
    const take = `${mark} ${keep} ${cells("value")}`;
    if (!code.nullable) return `${guard}{ const value = ${value}; ${take} }`;
    if (code.raw !== undefined) return `${guard}if (${present}) { const value = ${value}; ${take} }`;
    return `${guard}{ const value = ${value}; if (${present}) { ${take} } }`;
  }

  /** Puts the event at the tail of the ring. Its values stand there already. */
  #push(slot: string, taken: string): string {
    const time = this.#pace?.by === "timestamp" ? "stamp" : "now";
    return `{ const p = R.tail & R.mask; R.times[p] = ${time}; R.slots[p] = ${slot}; R.taken[p] = ${taken}; R.tail++; if (R.tail - R.head > R.mask) R.grow(); }`;
  }

  /** Takes the event at the head of the ring out of its group. */
  #leave(): string {
    const undo = this.#layout.args.map((argument, index) => {
      const taken = `if (R.taken[p] & ${1 << index})`;
      if (!argument.byCells) return `${taken} { const values = R.values[${index}][p]; ${this.#accumulators(index, "leave")} }`;
      const value =
        argument.values[0]?.type === "long" ? `R.takeLong(${index})` : argument.values[0] === undefined ? "0" : `R.numbers[${index}][p]`;
      const cells = this.#cells(index).map(({ form, offset }) => `{ ${form.leave!(cellPlace(offset), "value")} }`);
      return `${taken} { const value = ${value}; ${cells.join(" ")} }`;
    });
    const [slot, passOver] = this.#evicts
      ? ["R.slots[p] === -1 || R.head < R.since[R.slots[p]] ? -1 : R.slots[p]", "else R.passOver();"]
      : ["R.slots[p]", ""];
    return `{ const p = R.head & R.mask, slot = ${slot};
      if (slot !== -1) { const o = slot * ${this.#stride}; ${undo.join("\n")} state[o]--; S.leave(slot); } ${passOver}
      R.head++; }`;
  }

  #cells(argument: number): { form: CellForm; offset: number }[] {
    return this.#layout.aggregates.flatMap((aggregate) =>
      aggregate.kind === "cells" && aggregate.argument === argument ? [aggregate] : [],
    );
  }

  #accumulators(argument: number, verb: "enter" | "leave"): string {
    return this.#layout.aggregates
      .flatMap((aggregate) => (aggregate.kind === "accumulator" && aggregate.argument === argument ? [aggregate.index] : []))
      .map((index) => `T.accumulators[slot][${index}].${verb}(values);`)
      .join(" ");
  }
}

interface GroupCodeOptions {
  /** They have source, filter, window, WHERE and key in common. */
  readonly plans: readonly Plan[];
  /** It has room for the aggregates of all. */
  readonly layout: GroupLayout;
  readonly pace: Pace | undefined;
  /** Groups make room for others: the order in which they are touched is kept. */
  readonly evicts: boolean;
}

/** A timestamp as a number: an event without one is older than any. */
function stampText(code: Code): string {
  if (!code.nullable) return `Number(${code.text})`;
  if (code.raw !== undefined) return `(${code.raw.isNull} ? -Infinity : ${code.raw.value})`;
  return `Number(${code.text} ?? -Infinity)`;
}

/** The rows of a batch that a loop is for. */
export type RowChoice = "all" | "selected" | "counted elsewhere";

const OVER_BUDGET = "if (R.tail - R.head >= S.events_max) { S.refused++; continue; }";
const HELPERS = { ...CELL_HELPERS, ...COLUMN_HELPERS };
const RING_PROLOGUE = "const T = S.table, R = S.ring, state = T.state, wide = T.wide;";
const LAYOUTS_MAX = 32;
