import { Demand, Schema } from "../src/event/index.ts";
import { openStatement, SharedStatements, type Statement } from "../src/sql/index.ts";
import { ACCESS_FIELDS, accessRecords, BATCH_ROWS, chunksOf, fromColumns } from "./engine_events.ts";
import { type Figure, median } from "./figure.ts";

/**
 * A thousand different queries over one target, as many people would have them: of one path, of one kind of answer, of large answers, by batch
 * and sliding. Does it keep up with 50,000 events a second, and how long does it take to add one while events flow? Of those times the 95th
 * percentile is shown: the longest is what the machine did meanwhile.
 */
export function manyQueries(): Figure[] {
  const schema = new Schema("access", ACCESS_FIELDS);
  const open = (index: number): Statement =>
    openStatement({ name: `q${index}`, text: textOf(index), schemas: new Map([["access", schema]]), startMs: 0, sink: () => {} });
  const statements = Array.from({ length: QUERIES }, (_, index) => open(index));
  const demand = new Demand();
  for (const statement of statements) demand.ask(statement, statement.demand.get("access")!);
  const together = new SharedStatements();
  const next = fromColumns(
    schema,
    demand.fields,
    chunksOf(accessRecords(1000), () => true),
    (batch) => together.accept(batch),
  );
  for (const statement of statements) together.add({ statement, broke: rethrow });

  const rates: number[] = [];
  const additions: number[] = [];
  const removals: number[] = [];
  let chunk = 0;
  for (let round = -1; round < ROUNDS; round++) {
    const startMs = performance.now();
    const cpu = process.cpuUsage();
    const before = chunk;
    while (performance.now() - startMs < ROUND_MS) next(chunk++);
    if (round >= 0) rates.push(((chunk - before) * BATCH_ROWS * 1000) / spentMs(cpu));
  }
  for (let change = 0; change < CHANGES; change++) {
    const beforeAdd = process.cpuUsage();
    const statement = open(QUERIES + change);
    together.add({ statement, broke: rethrow });
    additions.push(spentMs(beforeAdd));
    next(chunk++);
    const beforeRemove = process.cpuUsage();
    together.remove(statement);
    statement.close();
    removals.push(spentMs(beforeRemove));
  }
  return [
    { name: "engine/1000_queries", value: median(rates), unit: "events/CPU-s", peer: "aim of 50,000", ratio: median(rates) / 50_000 },
    changeFigure("engine/add_1_of_1000", additions),
    changeFigure("engine/remove_1_of_1000", removals),
  ];
}

/** What the processor has done since. */
function spentMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

function changeFigure(name: string, tookMs: readonly number[]): Figure {
  const value = tookMs.toSorted((left, right) => left - right)[Math.floor(tookMs.length * 0.95)]!;
  return { name, value, unit: "CPU-ms", peer: "aim of 10 ms", ratio: 10 / value };
}

function textOf(index: number): string {
  const window = WINDOWS[index % WINDOWS.length]!;
  const condition = CONDITIONS[index % CONDITIONS.length]!(index);
  return `select host, count(*) as n, sum(size) as bytes from access${window} where ${condition} group by host having count(*) >= ${10 + index}`;
}

const WINDOWS = [".win:time_batch(1 min)", ".win:time_batch(10 sec)", ".win:time(1 min)", ".win:time(5 min)"];
/** Three in five are found by the value of a field; the others are asked of each event. */
const CONDITIONS: readonly ((index: number) => string)[] = [
  (index) => `path = '/p${index % 100}'`,
  (index) => `code = ${400 + (index % 104)}`,
  (index) => `agent = 'Mozilla/5.0 (X11; Linux x86_64) agent ${index % 50}' and rt > ${(index % 7) / 2}`,
  (index) => `size > ${95_000 + index * 5}`,
  (index) => `rt > ${3 + index / 1000} and size < ${index * 50}`,
];

function rethrow(thrown: unknown): never {
  throw thrown;
}

const QUERIES = 1000;
const ROUND_MS = 2000;
const ROUNDS = 3;
const CHANGES = 100;
