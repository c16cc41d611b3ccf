import type { Column, Row } from "../../event/index.ts";
import type { PairJoin } from "../plan/pair_join.ts";
import type { Plan } from "../plan/plan.ts";
import type { PairKeys } from "../runtime/pair_keys.ts";
import type { PairSide } from "../runtime/pair_side.ts";
import { COLUMN_HELPERS, columnCode } from "./columns.ts";
import { type Code, Emitter, type Places } from "./emitter.ts";
import { propertyName } from "./property_name.ts";

/** What the code of a join works on. */
export interface PairRuntime {
  readonly keys: PairKeys;
  readonly sides: readonly [PairSide, PairSide];
  /** When an event leaves next by its age; infinite where none does. */
  dueMs: number;
  nowMs: number;
  /** Lets go of what is due at `nowMs`. */
  expire(nowMs: number): void;
  /** False, and counts the event as refused, where the budget is used up. */
  admits(): boolean;
}

/** Takes a batch of one stream: puts the rows of the pairs that its events make into `out`, with the instant of each in `instants`. */
export type Pair = (
  runtime: PairRuntime,
  size: number,
  times: Float64Array,
  columns: readonly (Column | undefined)[],
  out: Row[],
  instants: number[],
) => void;

export interface PairCodeOptions {
  readonly plan: Plan;
  readonly join: PairJoin;
  /** By stream: the slots of the fields that are held. */
  readonly slots: readonly [readonly number[], readonly number[]];
  /** The stream whose events come. */
  readonly stream: 0 | 1;
  readonly layout: string;
}

/** The code of a join for one of its streams: one loop over the columns of a batch. */
export function pairCode({ plan, join, slots, stream, layout }: PairCodeOptions): Pair {
  const emitter = new Emitter(COLUMN_HELPERS);
  const other = stream === 0 ? 1 : 0;
  const { prologue, places: arriving } = columnCode(layout, slots[stream]);
  const held = (slot: number): Code => ({ text: `h${slot}[j]`, nullable: true });
  const places: Places = { ...arriving, field: (of, slot) => (of === stream ? arriving.field(of, slot) : held(slot)) };
  const { filter } = plan.streams[stream]!;
  const row = plan.items.map(({ name, expression }) => `${propertyName(name, emitter)}: ${emitter.value(expression, places).text}`);
  const body = `
    ${prologue}
    const keys = runtime.keys, own = runtime.sides[${stream}], other = runtime.sides[${other}];
    ${slots[other].map((slot, at) => `const h${slot} = other.columns[${at}];`).join("\n")}
    const next = other.next;
    ${keyPrologue(join.keys[stream], layout, slots[stream])}
    let now = runtime.nowMs;
    for (let i = 0; i < size; i++) {
      if (times[i] > now) {
        now = times[i];
        if (now >= runtime.dueMs) runtime.expire(now);
      }
      ${filter === undefined ? "" : `if (!(${emitter.test(filter, arriving)})) continue;`}
      if (!runtime.admits()) continue;
      ${keyCode(join.keys[stream], layout, slots[stream], arriving)}
      const place = own.push(id, now);
      ${slots[stream].map((slot, at) => `own.columns[${at}][place] = ${arriving.field(stream, slot).text};`).join("\n")}
      if (own.dueMs < runtime.dueMs) runtime.dueMs = own.dueMs;
      if (id === 0 || id >= other.first.length) continue;
      for (let j = other.first[id]; j !== -1; j = next[j]) {
        ${join.conditions.map((condition) => `if (!(${emitter.test(condition, places)})) continue;`).join("\n")}
        out.push({ ${row.join(", ")} });
        instants.push(now);
      }
    }
    runtime.nowMs = now;`;
  return emitter.build("pair", ["runtime", "size", "times", "columns", "out", "instants"], body) as Pair;
}

function isByCode(slot: number, layout: string, slots: readonly number[]): boolean {
  return layout.split(",")[slots.indexOf(slot)] === "dictionary";
}

function keyPrologue(slot: number, layout: string, slots: readonly number[]): string {
  return isByCode(slot, layout, slots) ? `const translation = keys.translation(d${slot});` : "";
}

/** A known code is one load away from the number of its string. */
function keyCode(slot: number, layout: string, slots: readonly number[], places: Places): string {
  if (!isByCode(slot, layout, slots)) return `const id = keys.idOf(${places.field(0, slot).text});`;
  return `const code = c${slot}[i]; const id = code < 0 ? keys.idOf(null) : translation.ids[code] || keys.idOfCode(translation, code);`;
}
