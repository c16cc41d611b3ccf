import type { EventValue, Intake } from "../component/index.ts";
import {
  type Batch,
  type Column,
  Demand,
  type Dictionary,
  type Field,
  type FieldType,
  FittedColumn,
  Schema,
  takeRows,
  type Use,
  type Value,
  valueAt,
} from "../event/index.ts";
import type { Counter } from "../kit/index.ts";
import type { RecordPlan, Work } from "./record_plan.ts";

export interface FilteredIntakeOptions {
  readonly plan: RecordPlan;
  /** The fields that the source gives. */
  readonly fields: Readonly<Record<string, FieldType>>;
  /** Where events go on to. */
  readonly target: Intake;
  readonly dropped: Counter;
}

/**
 * Filters between a source of columns and a target: the source is asked for what the target wants and what the filters read, columns go on
 * as they are, under their new names, and rows are copied only where some were left out.
 */
export class FilteredIntake implements Intake {
  readonly schema: Schema;
  readonly #options: FilteredIntakeOptions;
  readonly #demand = new Demand();
  readonly #values: EventValue[] = [];
  #inputs: readonly (Field | undefined)[] = [];
  #demandVersion = -1;
  /** What fills each wanted field of the target. */
  #fillers: readonly Filler[] = [];

  constructor(options: FilteredIntakeOptions) {
    const { plan, fields, target } = options;
    this.#options = options;
    this.schema = new InputSchema(target.schema, fields, plan);
  }

  get demand(): Demand {
    this.#follow();
    return this.#demand;
  }

  accept(batch: Batch): void {
    this.#follow();
    const { target, dropped, plan } = this.#options;
    const rows = plan.isSelective ? this.#rowsOf(batch) : undefined;
    const admitted = rows?.length ?? batch.size;
    dropped.add(batch.size - admitted);
    if (admitted === 0) return;
    const columns: (Column | undefined)[] = Array.from({ length: target.schema.fields.length });
    for (const fill of this.#fillers) columns[fill.slot] = fill.column(batch);
    const edited = { schema: target.schema, size: batch.size, times: batch.times, columns };
    target.accept(rows === undefined || admitted === batch.size ? edited : takeRows(edited, rows));
    for (const { dictionary } of this.#fillers) if (dictionary?.wantsSweep === true) dictionary.sweep();
  }

  #rowsOf(batch: Batch): Int32Array {
    const rows = new Int32Array(batch.size);
    let count = 0;
    for (let row = 0; row < batch.size; row++) if (this.#options.plan.admits(this.#read(batch, row))) rows[count++] = row;
    return rows.subarray(0, count);
  }

  #read(batch: Batch, row: number): readonly EventValue[] {
    for (const [at, field] of this.#inputs.entries()) {
      // A source of columns gives every field to every event; a log that lacks one has null there.
      this.#values[at] = field === undefined ? undefined : valueAt(batch.columns[field.slot], row);
    }
    return this.#values;
  }

  /** Queries have come or gone: works out anew what the source is asked for. */
  #follow(): void {
    const { target, plan } = this.#options;
    if (target.demand.version === this.#demandVersion) return;
    this.#demandVersion = target.demand.version;
    const asked = new Map<string, Use>();
    const fillers: Filler[] = [];
    for (const [name, use] of target.demand.fields) {
      const field = target.schema.field(name);
      const origin = plan.originOf(name);
      if (field === undefined || origin === undefined) continue;
      const input = origin.kind === "field" ? this.schema.field(origin.name) : undefined;
      if (origin.kind === "field" && input !== undefined && input.type === field.type && this.#isFirst(name, input.name)) {
        asked.set(input.name, use);
        fillers.push({ slot: field.slot, column: (batch) => batch.columns[input.slot] });
      } else {
        fillers.push(this.#madeFiller(field, plan.workOf(origin), use === "key" ? target.schema.dictionary(field) : undefined));
      }
    }
    this.#fillers = fillers;
    this.#inputs = plan.inputs.map((key) => this.schema.field(key));
    // What filters read is wanted whether anybody else wants it or not.
    for (const field of this.#inputs) if (field !== undefined && !asked.has(field.name)) asked.set(field.name, "value");
    this.#demand.ask(this, asked);
  }

  /** A column of codes can stand under one name only: the dictionary is that of one field. */
  #isFirst(name: string, input: string): boolean {
    return this.#options.plan.outputsOf(input)[0] === name;
  }

  #madeFiller(field: Field, work: Work, dictionary: Dictionary | undefined): Filler {
    const { fill } = new FittedColumn(field.type, field.type === "string" ? dictionary : undefined);
    const values: Value[] = [];
    return {
      slot: field.slot,
      dictionary,
      column: (batch) => {
        for (let row = 0; row < batch.size; row++) values[row] = work(this.#read(batch, row)) ?? null;
        return fill(values, batch.size);
      },
    };
  }
}

interface Filler {
  readonly slot: number;
  /** Of a column of codes that is made here, so that nobody else sweeps it. */
  readonly dictionary?: Dictionary | undefined;
  readonly column: (batch: Batch) => Column | undefined;
}

/** The fields as the source gives them, the codes of which are those of the fields of the target that they become. */
class InputSchema extends Schema {
  readonly #target: Schema;
  readonly #plan: RecordPlan;

  constructor(target: Schema, fields: Readonly<Record<string, FieldType>>, plan: RecordPlan) {
    super(target.target, fields);
    this.#target = target;
    this.#plan = plan;
  }

  override dictionary(field: Field): Dictionary {
    const [name] = this.#plan.outputsOf(field.name);
    const output = name === undefined ? undefined : this.#target.field(name);
    return output?.type === "string" ? this.#target.dictionary(output) : super.dictionary(field);
  }
}
