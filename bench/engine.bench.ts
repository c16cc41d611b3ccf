// How many events a second does the engine take, beside Esper 5.2 on the same machine in the same run? What does it hold, and how long does it stall?

import { fileURLToPath } from "node:url";
import { type Batch, Demand, Schema, type Use } from "../src/event/index.ts";
import { type Delivery, openStatement, SharedStatements, type Statement } from "../src/sql/index.ts";
import {
  ACCESS_FIELDS,
  accessRecords,
  BATCH_ROWS,
  chunksOf,
  type Feed,
  fromBytes,
  fromColumns,
  fromObjects,
  hostName,
  PATHS,
} from "./engine_events.ts";
import { recordColumns } from "../test/fakes/record_batch.ts";
import { Esper, type Measured, type Question } from "./esper.ts";
import { type Bench, type Figure, median } from "./figure.ts";
import { manyQueries } from "./many_queries.ts";
import { peakResidentBytes } from "./process.ts";

export const engine: Bench = {
  name: "engine",
  async run(note, wants) {
    note(`batches of ${BATCH_ROWS} events of six fields, ${ROUND_MS} ms a round; medians of ${ROUNDS} rounds`);
    const esper = await Esper.open(note);
    const figures: Figure[] = [];
    for (const question of QUESTIONS) {
      if (!Object.keys(question.feeds).some((feed) => wants(`engine/${question.name}_${feed}`))) continue;
      const peer = await esper?.measure(question, note);
      for (const [feed, make] of Object.entries(question.feeds)) {
        if (!wants(`engine/${question.name}_${feed}`)) continue;
        const own = rateOf(make, question);
        if (peer !== undefined) assertSameRows(question.name, own, peer);
        figures.push({ name: `engine/${question.name}_${feed}`, value: own.rate, unit: "events/s", ...comparison(own, peer) });
      }
    }
    if (["engine/1000_queries", "engine/add_1_of_1000", "engine/remove_1_of_1000"].some(wants)) figures.push(...manyQueries());
    if (wants("engine/minute_of_5m_events")) figures.push(...(await memory(note)));
    if (wants("engine/release_of_100k_groups")) figures.push(release());
    return figures;
  },
};

interface OwnQuestion extends Question {
  readonly feeds: Readonly<Record<string, Feed>>;
}

/** At 20,000 events a second. */
const MINUTE_EVENTS = 1_200_000;
const BOTH = { objects: fromObjects, columns: fromColumns };
const PER_HOST = "select host, count(*) as n from access.win:time_batch(1 min) group by host having count(*) >= 1000";
/** Esper asks WHERE when the batch is let go: only whole windows show what it costs, so they are short here. */
const OF_PATH = "select host, count(*) as n from access.win:time_batch(5 sec) where path = 'PATH' group by host having count(*) >= 3";
const SLIDING = "select host, count(*) as n from access.win:time(1 min) group by host";
const ERRORS = "select count(*) as n, avg(rt) as mean, max(size) as largest from access.win:time_batch(1 min) where code >= 500";
const JOIN =
  "select a.host as host, a.path as path, b.code as code from access.win:time(1 min) as a, login.win:time(1 min) as b where a.host = b.host";

const QUESTIONS: readonly OwnQuestion[] = [
  { name: "q1_1k_hosts", hosts: 1000, full: MINUTE_EVENTS, queries: [PER_HOST], feeds: { ...BOTH, bytes: fromBytes } },
  { name: "q1_100k_hosts", hosts: 100_000, full: MINUTE_EVENTS, queries: [PER_HOST], feeds: { ...BOTH, bytes: fromBytes } },
  { name: "q2_errors", hosts: 1000, full: MINUTE_EVENTS, queries: [ERRORS], feeds: BOTH },
  { name: "q3_sliding_1k", hosts: 1000, full: MINUTE_EVENTS, queries: [SLIDING], feeds: BOTH },
  { name: "q3_sliding_100k", hosts: 100_000, full: MINUTE_EVENTS, queries: [SLIDING], feeds: BOTH },
  { name: "q4_filter", hosts: 1000, full: 0, queries: ["select host, path from access(code = 404)"], feeds: BOTH },
  { name: "q5_join", hosts: 100_000, full: MINUTE_EVENTS, queries: [JOIN], feeds: BOTH },
  {
    name: "q6_100_queries",
    hosts: 1000,
    full: MINUTE_EVENTS / 12,
    queries: Array.from({ length: PATHS }, (_, path) => OF_PATH.replace("PATH", `/p${path}`)),
    feeds: BOTH,
  },
];

/** Events per second, rows counted as they come out. */
function rateOf(feed: Feed, { queries, hosts, full }: OwnQuestion): Measured {
  const schemas = new Map(["access", "login"].map((target) => [target, new Schema(target, ACCESS_FIELDS)]));
  let rows = 0;
  const statements = queries.map((text, index) =>
    openStatement({ name: `q${index}`, text, schemas, startMs: 0, sink: (delivery) => void (rows += delivery.rows.length) }),
  );
  const records = accessRecords(hosts);
  const together = new SharedStatements();
  const apart = statements.filter(({ demand }) => demand.size > 1);
  for (const statement of statements) if (statement.demand.size === 1) together.add({ statement, broke: rethrow });
  const take = (batch: Batch): void => {
    together.accept(batch);
    for (const statement of apart) statement.accept(batch);
  };
  const targets = [...schemas.values()].filter(({ target }) => statements.some(({ demand }) => demand.has(target)));
  const nexts = targets.map((schema) => {
    const isIn = (place: number): boolean => targets.length === 1 || (schema.target === "login") === (place % LOGIN_EVERY === 0);
    return feed(schema, wantedOf(statements, schema.target), chunksOf(records, isIn), take);
  });
  const rates: number[] = [];
  let chunk = 0;
  let warmChunks = 0;
  for (let round = -1; round < ROUNDS; round++) {
    const startMs = performance.now();
    const before = chunk;
    while (performance.now() - startMs < (round < 0 ? WARM_MS : ROUND_MS) || chunk * BATCH_ROWS < full) {
      for (const next of nexts) next(chunk);
      chunk++;
    }
    if (round >= 0) rates.push(((chunk - before) * BATCH_ROWS * 1000) / (performance.now() - startMs));
    else [rows, warmChunks] = [0, chunk];
  }
  for (const statement of statements) statement.close();
  return { rate: median(rates), rowsPerEvent: rows / ((chunk - warmChunks) * BATCH_ROWS) };
}

function rethrow(thrown: unknown): never {
  throw thrown;
}

function wantedOf(statements: readonly Statement[], target: string): ReadonlyMap<string, Use> {
  const demand = new Demand();
  for (const statement of statements) demand.ask(statement, statement.demand.get(target) ?? new Map());
  return demand.fields;
}

/** Both must owe the same work. Batches close at other moments, so a few windows more or less make a difference. */
function assertSameRows(question: string, own: Measured, peer: Measured): void {
  const [less, more] = [own.rowsPerEvent, peer.rowsPerEvent].toSorted((left, right) => left - right);
  if (more! - less! > Math.max(0.005, more! * 0.2))
    throw new Error(
      `${question}: ${own.rowsPerEvent} rows an event here, ${peer.rowsPerEvent} from Esper: these are not the same question.`,
    );
}

function comparison(own: Measured, peer: Measured | undefined): Pick<Figure, "peer" | "ratio"> {
  return peer === undefined ? {} : { peer: `Esper ${Math.round(peer.rate)}`, ratio: own.rate / peer.rate };
}

/** How long everything stands still while a batch of 100,000 groups is let go, every group a row. */
function release(): Figure {
  const schemas = new Map([["access", new Schema("access", ACCESS_FIELDS)]]);
  let rows = 0;
  const sink = (delivery: Delivery): void => void (rows += delivery.rows.length);
  const text = "select host, count(*) as n from access.win:time_batch(1 min) group by host";
  const statement = openStatement({ name: "release", text, schemas, startMs: 0, sink });
  const records = Array.from({ length: GROUPS }, (_, host) => ({ host: hostName(host) }));
  const columns = recordColumns(schemas.get("access")!, wantedOf([statement], "access"), (batch) => statement.accept(batch));
  const stalls = Array.from({ length: RELEASES }, (_, minute) => {
    for (const record of records) columns.take(record, minute * 60_000);
    columns.flush();
    const startMs = performance.now();
    statement.advanceTo((minute + 1) * 60_000);
    return performance.now() - startMs;
  });
  if (rows !== GROUPS * RELEASES) throw new Error(`${rows} rows came out of ${RELEASES} releases of ${GROUPS} groups.`);
  const longest = Math.max(...stalls);
  return { name: "engine/release_of_100k_groups", value: longest, unit: "ms", peer: "aim of 50 ms", ratio: 50 / longest };
}

/** The most memory of a process that takes 5,000,000 events of 100,000 hosts within one window. */
async function memory(note: (sentence: string) => void): Promise<Figure[]> {
  const bytes = await peakResidentBytes(process.execPath, [MINUTE_SCRIPT]);
  if (bytes === undefined) {
    note("memory was not measured: this system has no /proc.");
    return [];
  }
  return [{ name: "engine/minute_of_5m_events", value: bytes / 1e6, unit: "MB", peer: "aim of 150 MB", ratio: 150e6 / bytes }];
}

const WARM_MS = 2000;
const ROUND_MS = 1000;
const ROUNDS = 3;
/** With two targets, every tenth event is a login. */
const LOGIN_EVERY = 10;
const GROUPS = 100_000;
const RELEASES = 10;
const MINUTE_SCRIPT = fileURLToPath(new URL("engine_minute.js", import.meta.url));
