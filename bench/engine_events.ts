import { type Batch, type Column, type DictionaryColumn, type EventRecord, type Schema, type Use } from "../src/event/index.ts";
import { Random } from "../scripts/access_log.ts";
import { recordBatch, recordColumns } from "../test/fakes/record_batch.ts";

export const ACCESS_FIELDS = { host: "string", path: "string", agent: "string", code: "integer", size: "integer", rt: "float" } as const;

/** Six-field events of a web server, made beforehand and sent over and over, as the peer's. */
export function accessRecords(hosts: number, count = POOL_EVENTS, seed = 7): EventRecord[] {
  const random = new Random(seed);
  return Array.from({ length: count }, () => {
    const kind = random.below(100);
    return {
      host: fresh(hostName(random.below(hosts))),
      path: fresh(`/p${random.below(PATHS)}`),
      agent: fresh(`Mozilla/5.0 (X11; Linux x86_64) agent ${random.below(50)}`),
      code: kind < 6 ? 404 : kind < 8 ? 500 : 200,
      size: random.below(100_000),
      rt: random.below(4096) / 1024,
    };
  });
}

/** Some of the events of the n-th 1,024: the records, and where among the 1,024 each stands. */
export interface Chunk {
  readonly records: readonly EventRecord[];
  readonly places: readonly number[];
}

/** All of `records` for which `isIn` holds by their place. */
export function chunksOf(records: readonly EventRecord[], isIn: (place: number) => boolean): Chunk[] {
  const places = Array.from({ length: BATCH_ROWS }, (_, place) => place).filter(isIn);
  return Array.from({ length: Math.floor(records.length / BATCH_ROWS) }, (_, chunk) => ({
    records: places.map((place) => records[chunk * BATCH_ROWS + place]!),
    places,
  }));
}

/** How events come to the engine: the n-th batch of them, over and over, to `take`. Making it is measured, as far as it is the engine's work. */
export type Feed = (
  schema: Schema,
  wanted: ReadonlyMap<string, Use>,
  chunks: readonly Chunk[],
  take: (batch: Batch) => void,
) => (n: number) => void;

/** As a client sends them: an object an event. */
export const fromObjects: Feed = (schema, wanted, chunks, take) => {
  const columns = recordColumns(schema, wanted, take);
  const timesOf = clock();
  return (n) => {
    const chunk = chunks[n % chunks.length]!;
    const times = timesOf(n, chunk);
    for (let row = 0; row < chunk.records.length; row++) columns.take(chunk.records[row], times[row]!);
    columns.flush();
  };
};

/** As a decoder hands them on: typed columns that are there already. */
export const fromColumns: Feed = (schema, wanted, chunks, take) => {
  const batches = ready(schema, wanted, chunks);
  return (n) => take(batches(n));
};

function ready(schema: Schema, wanted: ReadonlyMap<string, Use>, chunks: readonly Chunk[]): (n: number) => Batch {
  const timesOf = clock();
  const batches = chunks.map(({ records, places }) => recordBatch(schema, wanted, records, new Float64Array(places.length)));
  return (n) => ({ ...batches[n % batches.length]!, times: timesOf(n, chunks[n % chunks.length]!) });
}

/** As a decoder meets them: the strings that are keys as bytes, to be looked up; the rest as columns. */
export const fromBytes: Feed = (schema, wanted, chunks, take) => {
  const batches = ready(schema, wanted, chunks);
  const keys = schema.fields
    .filter(({ name, type }) => type === "string" && wanted.get(name) === "key")
    .map((field) => {
      const column: DictionaryColumn = { kind: "dictionary", codes: new Int32Array(BATCH_ROWS), dictionary: schema.dictionary(field) };
      return { slot: field.slot, column, texts: chunks.map(({ records }) => bytesOf(records.map(textIn(field.name)))) };
    });
  return (n) => {
    const batch = batches(n);
    const columns: (Column | undefined)[] = [...batch.columns];
    for (const { slot, column, texts } of keys) {
      const { bytes, ends } = texts[n % texts.length]!;
      for (let row = 0; row < batch.size; row++) column.codes[row] = column.dictionary.codeOfBytes(bytes, ends[row]!, ends[row + 1]!);
      columns[slot] = column;
    }
    take({ ...batch, columns });
  };
};

export function hostName(host: number): string {
  return `10.${host >> 16}.${(host >> 8) & 255}.${host & 255}`;
}

/** A string of its own, as a parser makes them: not one that another event has too. */
function fresh(text: string): string {
  return Buffer.from(text, "latin1").toString("latin1");
}

/** 20,000 events a second, on a clock that moves every 100 ms. */
function clock(): (n: number, chunk: Chunk) => Float64Array {
  const times = new Float64Array(BATCH_ROWS);
  return (n, { places }) => {
    for (let row = 0; row < places.length; row++) times[row] = Math.floor((n * BATCH_ROWS + places[row]!) / 2000) * 100;
    return times.subarray(0, places.length);
  };
}

function textIn(field: string): (record: EventRecord) => string {
  return (record) => {
    const value = record[field];
    return typeof value === "string" ? value : "";
  };
}

function bytesOf(texts: readonly string[]): { readonly bytes: Buffer; readonly ends: Int32Array } {
  const ends = new Int32Array(texts.length + 1);
  for (const [row, text] of texts.entries()) ends[row + 1] = ends[row]! + text.length;
  return { bytes: Buffer.from(texts.join(""), "latin1"), ends };
}

export const BATCH_ROWS = 1024;
export const PATHS = 100;
const POOL_EVENTS = 200 * BATCH_ROWS;
