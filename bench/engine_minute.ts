// Takes 5,000,000 events of 100,000 hosts within one minute, each with strings of its own, and ends: run by the bench `engine`, which watches its memory.

import { Schema } from "../src/event/index.ts";
import { openStatement } from "../src/sql/index.ts";
import { recordColumns } from "../test/fakes/record_batch.ts";
import { ACCESS_FIELDS, accessRecords, BATCH_ROWS } from "./engine_events.ts";

const EVENTS = 5_000_000;
const schema = new Schema("access", ACCESS_FIELDS);
let requests = 0;
const statement = openStatement({
  name: "minute",
  text: "select host, count(*) as n from access.win:time_batch(1 min) group by host",
  schemas: new Map([["access", schema]]),
  startMs: 0,
  sink: ({ rows }) => {
    for (const row of rows) requests += Number(row["n"]);
  },
});
const columns = recordColumns(schema, statement.demand.get("access")!, (batch) => statement.accept(batch));
const taken = Math.floor(EVENTS / BATCH_ROWS) * BATCH_ROWS;
for (let event = 0; event < taken; event += BATCH_ROWS) {
  for (const record of accessRecords(100_000, BATCH_ROWS, event)) columns.take(record, Math.floor((event * 60_000) / EVENTS));
}
columns.flush();
statement.advanceTo(120_000);
if (requests !== taken) throw new Error(`${requests} of ${taken} events were counted.`);
