import { type Batch, Demand, EventColumns, type EventRecord, type Schema, type Typing, type Use } from "../../src/event/index.ts";

/** The way a daemon makes batches of objects, over a target whose fields are given; what `accept` is handed is made over again. */
export function recordColumns(schema: Schema, wanted: ReadonlyMap<string, Use>, accept: (batch: Batch) => void): EventColumns {
  const demand = new Demand();
  demand.ask(schema, wanted);
  return new EventColumns({ schema, demand, typing: CLOSED, accept });
}

/** One batch of up to 1,024 records, which stays, with one time each. */
export function recordBatch(
  schema: Schema,
  wanted: ReadonlyMap<string, Use>,
  records: readonly EventRecord[],
  times: ArrayLike<number>,
): Batch {
  let made: Batch | undefined;
  const columns = recordColumns(schema, wanted, (batch) => void (made = batch));
  for (const [at, record] of records.entries()) columns.take(record, times[at]!);
  columns.flush();
  return made ?? { schema, size: 0, times: new Float64Array(0), columns: [] };
}

const CLOSED: Typing = {
  version: 0,
  awaited: new Set(),
  isLazy: false,
  takes: () => false,
  meet: () => {},
  settle: () => {},
  refused: () => {},
};
