import { type Batch, type Column, valueAt } from "../../event/index.ts";
import type { Code, Places } from "./emitter.ts";

/**
 * How the columns that a query reads are laid out in a batch. Code is generated for a layout, so that a read is one load, or for a text one
 * call; the layouts that occur are few, because a source lays out its batches the same way each time.
 */
export function layoutOf(batch: Batch, slots: readonly number[]): string {
  return slots.map((slot) => kindOf(batch.columns[slot])).join(",");
}

function kindOf(column: Column | undefined): string {
  if (column === undefined) return "none";
  if (column.kind === "integer") return column.wide === undefined || column.wide.size === 0 ? "integer" : "wide";
  if (column.kind === "float") return column.nulls === undefined ? "float" : "float?";
  return column.kind;
}

/** The texts that read row `i`, and the statements that must stand before the loop for them. */
export interface ColumnCode {
  readonly places: Places;
  readonly prologue: string;
}

/** Code for a layout over the parameter `columns`, the columns of the batch by slot. */
export function columnCode(layout: string, slots: readonly number[]): ColumnCode {
  const names = layout.split(",");
  const kinds = new Map(slots.map((slot, index) => [slot, names[index]!]));
  const prologue = [...kinds].map(([slot, kind]) => PROLOGUES[kind]!(slot)).join("\n");
  return { prologue, places: { field: (_stream, slot) => READS[kinds.get(slot)!]!(slot), aggregate: noGroup, key: noGroup, now: "now" } };
}

/** The name under which the codes of a dictionary column stand in generated code. */
export function codesName(slot: number): string {
  return `c${slot}`;
}

function noGroup(): never {
  throw new TypeError("an expression over events read a group");
}

const PROLOGUES: Readonly<Record<string, (slot: number) => string>> = {
  none: () => "",
  dictionary: (slot) => `const c${slot} = columns[${slot}].codes, d${slot} = columns[${slot}].dictionary;`,
  text: whole,
  value: values,
  integer: values,
  wide: whole,
  float: values,
  "float?": (slot) => `const c${slot} = columns[${slot}].values, n${slot} = columns[${slot}].nulls;`,
  boolean: values,
};

const READS: Readonly<Record<string, (slot: number) => Code>> = {
  none: () => ({ text: "null", nullable: true }),
  dictionary: (slot) => special(`c${slot}[i] < 0`, `d${slot}.text(c${slot}[i])`),
  text: (slot) => ({ text: `c${slot}.text(i)`, nullable: true }),
  value: (slot) => ({ text: `c${slot}[i]`, nullable: true }),
  integer: (slot) => special(`c${slot}[i] !== c${slot}[i]`, `c${slot}[i]`),
  wide: (slot) => ({ text: `valueAt(c${slot}, i)`, nullable: true }),
  float: (slot) => ({ text: `c${slot}[i]`, nullable: false }),
  "float?": (slot) => special(`n${slot}[i] === 1`, `c${slot}[i]`),
  boolean: (slot) => special(`c${slot}[i] === 2`, `(c${slot}[i] === 1)`),
};

function whole(slot: number): string {
  return `const c${slot} = columns[${slot}];`;
}

function values(slot: number): string {
  return `const c${slot} = columns[${slot}].values;`;
}

function special(isNull: string, value: string): Code {
  return { text: `(${isNull} ? null : ${value})`, nullable: true, raw: { isNull, value } };
}

/** What the texts above use by name. */
export const COLUMN_HELPERS = { valueAt };
