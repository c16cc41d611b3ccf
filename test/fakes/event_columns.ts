import { type Batch, Demand, EventColumns, type FieldType, rowAt, Schema, type Typing, type Value } from "../../src/event/index.ts";

/** Columns that take every field they meet, and the events they made, by name of field. */
export class TakenEvents {
  readonly schema = new Schema("t");
  readonly demand = new Demand();
  readonly events: Record<string, Value>[] = [];
  readonly times: number[] = [];
  readonly refused: (readonly [keys: number, values: number])[] = [];
  readonly columns: EventColumns;

  constructor(wanted: "everything" | readonly string[] = "everything") {
    this.columns = new EventColumns({
      schema: this.schema,
      demand: this.demand,
      typing: this.#typing(wanted),
      accept: (batch) => this.#keep(batch),
    });
  }

  #typing(wanted: "everything" | readonly string[]): Typing {
    const { schema, demand, refused } = this;
    const isWanted = (name: string): boolean => wanted === "everything" || wanted.includes(name);
    const typing = {
      version: 0,
      awaited: new Set<string>(),
      isLazy: false,
      takes: isWanted,
      meet: (name: string, type: FieldType) => {
        schema.add(name, type);
        typing.version++;
      },
      settle: () => demand.ask(schema, new Map(schema.fields.map(({ name }) => [name, "value" as const]))),
      refused: (keys: number, values: number) => void refused.push([keys, values]),
    };
    return typing;
  }

  #keep(batch: Batch): void {
    for (let row = 0; row < batch.size; row++) {
      const values = rowAt(batch, row);
      const present = batch.schema.fields.filter(({ slot }) => batch.columns[slot] !== undefined);
      this.events.push(Object.fromEntries(present.map(({ name, slot }) => [name, values[slot] ?? null])));
      this.times.push(batch.times[row]!);
    }
  }
}
